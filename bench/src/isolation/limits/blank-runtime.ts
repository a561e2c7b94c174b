import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import type { RuntimeBaseline } from "@berth/runners/limits";

const MS_PER_TICK = 10;
const KB_PER_MB = 1_024;

/** How a blank runtime is started. */
export interface BlankOptions {
  /** What runs it: a sandbox, a limit of the system. */
  launcher?: readonly string[];
  flags?: readonly string[];
  workingFolder?: string;
}

/** A Node.js that has started, and runs its code when told to. */
export interface BlankRuntime extends AsyncDisposable {
  /** Of what was spawned: the launcher, if there is one. */
  pid: number;
  /** How many processes it takes. */
  processes: number;
  go(): void;
  ended: Promise<unknown>;
}

/** Starts Node.js as a plugin's runtime is started: blank, so that what it uses by itself can be told from what its code uses. */
export async function openBlank(code: string, options: BlankOptions = {}): Promise<BlankRuntime> {
  const { launcher = [], flags = [], workingFolder } = options;
  const blank = `process.stdin.once("data", () => {${code}\n}); process.stdin.on("end", () => {}); console.log("ready")`;
  const [command, ...launcherArgs] = [...launcher, process.execPath];
  const child: ChildProcess = spawn(command, [...launcherArgs, ...flags, "-e", blank], {
    stdio: ["pipe", "pipe", "ignore"],
    cwd: workingFolder,
  });
  const ended = once(child, "exit");
  child.stdin!.on("error", () => {}); // it may have been ended before it was told
  await Promise.race([once(child.stdout!, "data"), ended]);
  return {
    pid: child.pid!,
    processes: treeOf(child.pid!).length,
    go: () => void child.stdin!.write("go\n"),
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** What the blank runtimes of this machine use. */
export async function measureBaseline(options: BlankOptions = {}): Promise<RuntimeBaseline> {
  await using blank = await openBlank("", options);
  const statuses = treeOf(blank.pid).map((pid) => readFileSync(`/proc/${pid}/status`, "latin1"));
  const figure = (status: string, name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0) / KB_PER_MB;
  return {
    dataMb: Math.max(...statuses.map((status) => figure(status, "VmData"))),
    residentMb: statuses.reduce((sum, status) => sum + figure(status, "RssAnon") + figure(status, "RssShmem"), 0),
  };
}

/** CPU time that a process and its descendants used, by the kernel's own count. */
export function cpuMsOf(root: number): number {
  return treeOf(root).reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)!.split(" ");
    return sum + (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  }, 0);
}

function treeOf(root: number): number[] {
  const found = [root];
  for (const pid of found) {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const children = readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1");
      found.push(...children.split(" ").filter(Boolean).map(Number));
    }
  }
  return found;
}
