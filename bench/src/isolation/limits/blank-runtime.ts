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
  const dataMb = Math.max(...treeOf(blank.pid).map((pid) => statusMb(pid, ["VmData"])));
  return { dataMb, residentMb: residentMbOf(blank.pid) };
}

/** Memory of their own of a process and its descendants, MiB. */
export function residentMbOf(root: number): number {
  return treeOf(root).reduce((sum, pid) => sum + statusMb(pid, ["RssAnon", "RssShmem"]), 0);
}

/** CPU time that a process and its descendants used, by the kernel's own count. */
export function cpuMsOf(root: number): number {
  return treeOf(root).reduce((sum, pid) => {
    const fields = readOrNothing(`/proc/${pid}/stat`).split(") ").at(-1)!.split(" ");
    return sum + (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * MS_PER_TICK;
  }, 0);
}

function statusMb(pid: number, names: readonly string[]): number {
  const status = readOrNothing(`/proc/${pid}/status`);
  const kilobytes = names.map((name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0));
  return kilobytes.reduce((sum, each) => sum + each, 0) / KB_PER_MB;
}

function treeOf(root: number): number[] {
  const found = [root];
  for (const pid of found) {
    for (const thread of threadsOf(pid)) {
      const children = readOrNothing(`/proc/${pid}/task/${thread}/children`);
      found.push(...children.split(" ").filter(Boolean).map(Number));
    }
  }
  return found;
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Processes end while they are looked at. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
