import { type Attack, each, node, wait } from "../aim.ts";

type ChildProcess = typeof import("node:child_process");
const children = (): ChildProcess => node<ChildProcess>("node:child_process");

/** Programs, signals, threads and machine code. */
export const PROCESSES: Record<string, Attack> = {
  "run-cat": ({ secretFile }) => children().execFileSync("/bin/cat", [secretFile], { encoding: "utf8" }),
  "run-shell": ({ openFolder }) => children().execSync(`echo x > ${openFolder}/written`, { encoding: "utf8" }),
  "run-node-without-rules": ({ secretFile }) =>
    children().execFileSync(process.execPath, ["-p", `require("fs").readFileSync("${secretFile}", "utf8")`], {
      encoding: "utf8",
      env: {},
    }),
  "fork-node": async ({ openFolder }) => {
    children().fork("/plugin/src/plugin.ts", [openFolder], { execArgv: [] });
    await wait(300);
    return "TOKEN a child";
  },
  "cluster-fork": async () => {
    const cluster = node<{ fork(): { process: { pid?: number } } }>("node:cluster");
    const { pid } = cluster.fork().process;
    if (pid === undefined) throw new Error("no child");
    await wait(100);
    return `TOKEN child ${pid}`;
  },
  "replace-itself": ({ secretFile }) => {
    (process as unknown as { execve(file: string, args: string[]): void }).execve("/bin/cat", ["cat", secretFile]);
    return "TOKEN replaced";
  },
  "internal-binding-spawn": ({ secretFile }) => {
    const { binding } = process as unknown as {
      binding(name: string): { spawn(options: object): { output: Buffer[] } };
    };
    const { output } = binding("spawn_sync").spawn({
      file: "/bin/cat",
      args: ["cat", secretFile],
      stdio: [{ type: "pipe" }, { type: "pipe" }],
    });
    return output.map(String).join("");
  },
  "worker-without-rules": async ({ secretFile }) => {
    const { Worker } = node<typeof import("node:worker_threads")>("node:worker_threads");
    const code = `require("worker_threads").parentPort.postMessage(require("fs").readFileSync("${secretFile}", "utf8"))`;
    const worker = new Worker(code, { eval: true, execArgv: [] });
    return new Promise((resolve, reject) => {
      worker.once("message", resolve).once("error", reject);
    });
  },
  "load-addon": () =>
    each([
      () => process.dlopen({ exports: {} }, "/usr/lib/x86_64-linux-gnu/libc.so.6"),
      () => node<typeof import("node:module")>("node:module").createRequire("/plugin/")("./addon.node") as unknown,
    ]).then(() => "TOKEN loaded"),
  "foreign-functions": () => {
    const ffi = node<{ dlopen(path: string, symbols: object): unknown }>("node:ffi");
    ffi.dlopen("/usr/lib/x86_64-linux-gnu/libc.so.6", { getpid: { result: "i32", parameters: [] } });
    return "TOKEN machine code";
  },
  "kill-victim": ({ victimPid }) => process.kill(victimPid, "SIGKILL"),
  "kill-host": ({ hostPid }) => each([() => process.kill(hostPid, "SIGTERM"), () => process.kill(hostPid, "SIGHUP")]),
  "kill-everything": () => {
    process.kill(-1, "SIGTERM");
  },
  "kill-parent": () => each([() => process.kill(process.ppid, "SIGKILL"), () => process.kill(1, "SIGKILL")]),
  "open-host-inspector": ({ hostPid }) =>
    each([
      () => process.kill(hostPid, "SIGUSR1"),
      () => (process as unknown as { _debugProcess(pid: number): void })._debugProcess(hostPid),
    ]),
  "own-inspector": async () => {
    const inspector = node<typeof import("node:inspector")>("node:inspector");
    const session = new inspector.Session();
    session.connectToMainThread();
    return "TOKEN inspector";
  },
  "stop-host": ({ hostPid }) => process.kill(hostPid, "SIGSTOP"),
  "see-host": ({ hostPid, victimPid }) =>
    each([() => process.kill(hostPid, 0), () => process.kill(victimPid, 0)]).then(() => "TOKEN it is there"),
  "slow-host": ({ hostPid, victimPid }) => {
    const os = node<typeof import("node:os")>("node:os");
    return each([() => os.setPriority(hostPid, 19), () => os.setPriority(victimPid, 19)]).then(() => "TOKEN slowed");
  },
  "become-root": () => {
    if (process.getuid?.() === 0 && process.geteuid?.() === 0) process.setuid?.("root");
    else process.setuid?.(0);
    return node<typeof import("node:fs")>("node:fs").readFileSync("/etc/shadow", "utf8") && "TOKEN root";
  },
  "write-host-memory": ({ hostPid }) =>
    each([
      () => node<typeof import("node:fs")>("node:fs").openSync(`/proc/${hostPid}/mem`, "r+"),
      () => node<typeof import("node:fs")>("node:fs").readFileSync(`/proc/${hostPid}/maps`, "utf8"),
    ]).then(() => "TOKEN memory"),
  "drop-rules": ({ secretFile }) => {
    const permission = (process as unknown as { permission?: Record<string, unknown> }).permission;
    if (permission) for (const name of Object.getOwnPropertyNames(permission)) permission[name] = () => true;
    return node<typeof import("node:fs")>("node:fs").readFileSync(secretFile, "utf8");
  },
  "context-exec": async ({ secretFile }, ctx) =>
    each([
      async () => (await ctx.exec("cat", [secretFile])).stdout,
      async () => (await ctx.exec("/bin/cat", [secretFile])).stdout,
      async () => (await ctx.exec("sh", ["-c", `cat ${secretFile}`])).stdout,
      async () => (await ctx.exec(process.execPath, ["-e", "1"])).exitCode,
    ]),
};
