import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

/** Often enough to catch a buffer of one picture. */
const EVERY_MS = 10;

/**
 * The most memory a process and all it started held while `work` ran, MiB: proportional set size, in which shared pages count
 * once over all. Only Linux tells it.
 */
export async function peakMemoryMb(pid: number, work: () => Promise<unknown>): Promise<number> {
  const done = new AbortController();
  const watching = watch(pid, done.signal);
  await work().finally(() => done.abort());
  return watching;
}

async function watch(pid: number, done: AbortSignal): Promise<number> {
  let peak = 0;
  while (!done.aborted) {
    peak = Math.max(peak, memoryOf(tree(pid)));
    await wait(EVERY_MS);
  }
  return peak;
}

/** The process and its descendants. */
function tree(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    const parent = /^\d+$/.test(name) ? parentOf(name) : undefined;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [pid];
  for (const one of found) found.push(...(children.get(one) ?? []));
  return found;
}

function parentOf(pid: string): number | undefined {
  try {
    // The name in brackets may hold anything; what follows it is numbers.
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

function memoryOf(pids: readonly number[]): number {
  let kib = 0;
  for (const pid of pids) {
    try {
      kib += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "latin1"))?.[1] ?? 0);
    } catch {
      // It ended meanwhile.
    }
  }
  return kib / 1024;
}
