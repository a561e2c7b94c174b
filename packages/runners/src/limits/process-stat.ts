import { MS_PER_TICK } from "./proc-reader.ts";

/** What `/proc/<pid>/stat` tells of a process, all its threads together. */
export interface ProcessStat {
  /** It has ended and waits for its parent. A process whose first thread alone ended is not dead. */
  isDead: boolean;
  /** The first thread has ended: the process's memory is told by another one. */
  isHeadless: boolean;
  isStopped: boolean;
  parent: number;
  /** Grows whenever it touches new memory, as forking does: the finest sign that it ran. */
  minorFaults: number;
  ownCpuMs: number;
  /** Of children that ended and were waited for, theirs included. */
  childrenCpuMs: number;
  /** Since the machine started: with the pid it names a process for good. */
  startTicks: number;
}

/** Reads a line of `/proc/<pid>/stat`. The name in it is the process's own to choose, brackets and line ends included. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  const nameEnd = text.lastIndexOf(") ");
  if (nameEnd === -1) return undefined;
  const fields = text.slice(nameEnd + 2).split(" ", FIELDS);
  const field = (number: number): number => Number(fields[number - FIRST_FIELD]);
  const hasEnded = fields[0] === "Z" || fields[0] === "X";
  const isHeadless = hasEnded && field(20) > 1;
  return {
    isDead: hasEnded && !isHeadless,
    isHeadless,
    isStopped: fields[0] === "T" || fields[0] === "t",
    parent: field(4),
    minorFaults: field(10),
    ownCpuMs: (field(14) + field(15)) * MS_PER_TICK,
    childrenCpuMs: (field(16) + field(17)) * MS_PER_TICK,
    startTicks: field(22),
  };
}

/** The manual page numbers the fields from 1; the state, the first one after the name, is 3. */
const FIRST_FIELD = 3;
const FIELDS = 20; // up to the start
