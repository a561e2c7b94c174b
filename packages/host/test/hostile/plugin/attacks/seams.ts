import { type Attack, each, node, wait } from "../aim.ts";

/** Where one plugin ends and the next, or the host, begins. */
export const SEAMS: Record<string, Attack> = {
  // What was in this process before its code came may have been another's.
  "own-heap": async () => {
    const { getHeapSnapshot } = node<typeof import("node:v8")>("node:v8");
    let text = "";
    for await (const piece of getHeapSnapshot()) {
      text = text.slice(-100) + String(piece);
      const at = text.search(/(?<!victim-)TOKEN-[0-9a-f]{24}/);
      if (at >= 0) return text.slice(at, at + 40);
    }
    return "nothing of others";
  },
  "shared-places": () =>
    each(
      ["/dev/shm", "/run", "/var/tmp", "/dev/mqueue", "/run/lock", "/sys/fs/cgroup", "/proc/sys/kernel"].map(
        (place) => () => node<typeof import("node:fs")>("node:fs").writeFileSync(`${place}/left-by-a-plugin`, "x"),
      ),
    ).then(() => "TOKEN left something"),
  "traces-of-others": () => {
    const found = node<typeof import("node:fs")>("node:fs").readdirSync("/tmp");
    if (found.length > 0) return `TOKEN ${found.join()}`;
    return "nothing";
  },
  "write-in-own-code-by-database": ({ codeFolder }) => {
    const { DatabaseSync } = node<typeof import("node:sqlite")>("node:sqlite");
    return each(
      [codeFolder, `${codeFolder}/src`].map(
        (folder) => () => new DatabaseSync(`${folder}/kept.db`).exec("CREATE TABLE t (a)"),
      ),
    ).then(() => "TOKEN written");
  },
  "snapshot-near-limit": ({ openFolder }) => {
    node<typeof import("node:v8")>("node:v8").setHeapSnapshotNearHeapLimit(1);
    process.report.directory = openFolder;
    process.report.reportOnFatalError = true;
    process.report.reportOnSignal = true;
    try {
      process.chdir(openFolder);
    } catch {
      // It may be written all the same.
    }
    const held: unknown[] = [];
    for (;;) held.push(Array.from({ length: 100_000 }, (_, place) => ({ place })));
  },
  "trace-outside": async ({ openFolder }) => {
    process.chdir(openFolder);
    node<typeof import("node:trace_events")>("node:trace_events")
      .createTracing({ categories: ["v8", "node"] })
      .enable();
    await wait(300);
  },
  "load-by-hook": async ({ secretFile }) => {
    const { registerHooks } = node<typeof import("node:module")>("node:module");
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === "secret:"
          ? { url: `file://${secretFile}`, format: "json", shortCircuit: true }
          : next(specifier, context),
    });
    const name = ["secret", ""].join(":");
    return import(name) as unknown;
  },
  "stop-itself": () => {
    process.kill(process.pid, "SIGSTOP");
  },
  "stop-its-group": () => each([() => process.kill(0, "SIGSTOP"), () => process.kill(-1, "SIGSTOP")]),
  "linger-at-exit": async () => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);
    process.on("exit", () => {
      for (;;);
    });
    await wait(50);
    process.exit();
  },
  "never-hear-the-host": async () => {
    const { prototype } = node<typeof import("node:net")>("node:net").Socket;
    prototype.push = () => false;
    prototype.write = () => true;
    await wait(500);
    return "TOKEN never mind";
  },
  "connect-in-disguise": async ({ tcpPort }, ctx) =>
    each(
      [
        "127.0.0.1",
        "localhost",
        "localhost.",
        "0.0.0.0",
        "[::1]",
        "::ffff:7f00:1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "017700000001",
      ].flatMap((host) => [
        async () => (await ctx.fetch(`http://${host}:${tcpPort}/`)).text(),
        async () => (await ctx.fetch(`http://user@${host}:${tcpPort}/`)).text(),
        async () => (await ctx.fetch(`http://${host}%00.example:${tcpPort}/`)).text(),
      ]),
    ),
  "programs-in-disguise": async ({ secretFile }, ctx) =>
    each(
      ["cat", "/bin/cat", "/usr/bin/../bin/cat", "./cat", "cat\u0000", "sh", "busybox", "/proc/self/exe"].flatMap(
        (program) => [
          async () => (await ctx.exec(program, [secretFile])).stdout,
          async () =>
            (await ctx.exec(program, [secretFile], { env: { PATH: "/bin", LD_PRELOAD: "/data/x.so" } })).stdout,
        ],
      ),
    ),
  "files-in-disguise": async ({ secretFile }, ctx) =>
    each(
      [
        `//${secretFile}`,
        `/proc/self/root${secretFile}`,
        `/proc/self/cwd${secretFile}`,
        `file://${secretFile}`,
        `~${secretFile}`,
        "/proc/self/environ",
        "/proc/1/environ",
        "/dev/fd/0",
      ].flatMap((path) => [() => ctx.files.readText(path), () => ctx.files.write(path, "x")]),
    ),
};
