import { readdirSync, readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a process holds of the system, and what lies in a folder of its own. */
export interface Held {
  descriptors: number;
  /** Zombies included. */
  children: number;
  threads: number;
  sockets: number;
  files: number;
  /** After a collection, MiB. */
  heapMb: number;
  residentMb: number;
}

const MIB = 1_048_576;

/** Counts all of it; Linux only. */
export function heldNow(folder: string): Held {
  collect();
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    descriptors: readdirSync("/proc/self/fd").length,
    children: childrenOf(process.pid),
    threads: readdirSync("/proc/self/task").length,
    sockets: files.filter((file) => file.isSocket()).length,
    files: files.length,
    heapMb: (heapUsed + external) / MIB,
    residentMb: rss / MIB,
  };
}

function childrenOf(pid: number): number {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(parentOf);
  return parents.filter((parent) => parent === pid).length;
}

function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return 0;
  }
}

function collect(): void {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  gc();
  gc();
}
