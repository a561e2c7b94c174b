import { readFileSync } from "node:fs";

/** What `/proc` tells of a process. */
export interface ProcessState {
  /** One letter: `R` running, `S` asleep, `T` stopped, `Z` dead but not yet collected … */
  state: string;
  parent: number;
  group: number;
  /** Ticks since boot; with the pid it names one process for good. */
  startedAt: number;
}

/** The state of process `pid`; nothing when there is none. */
export function processState(pid: number): ProcessState | undefined {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  // The name, in brackets, is the program's own choice and may hold anything.
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  return {
    state: fields[0]!,
    parent: Number(fields[1]),
    group: Number(fields[2]),
    startedAt: Number(fields[19]),
  };
}

/** Whether the process that was `pid` when it started at `startedAt` is still there. A dead one that nobody collected is not. */
export function isAlive(pid: number, startedAt: number): boolean {
  const now = processState(pid);
  return now !== undefined && now.startedAt === startedAt && now.state !== "Z" && now.state !== "X";
}

/** The children of process `pid`, by its first thread; nothing where the kernel does not tell. */
export function childrenOf(pid: number): number[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim();
    return text === "" ? [] : text.split(" ").map(Number);
  } catch {
    return undefined;
  }
}
