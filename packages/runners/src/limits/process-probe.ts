import { closeSync, readdirSync, readFileSync, statSync } from "node:fs";
import type { ProcReader } from "./proc-reader.ts";
import { parseProcessStat, type ProcessStat } from "./process-stat.ts";

const BYTES_PER_KB = 1_024;
const BYTES_PER_BLOCK = 512; // of `stat`, whatever the file system uses
const MOST_DESCRIPTORS = 4_096; // a look at each takes 2 µs, and the governor has others to watch

/**
 * One process, watched from outside. The file kept open belongs to this very process: when it has ended, reading fails, though its
 * pid may be another's by then. So nothing is ever read from, or sent to, the wrong one.
 */
export class ProcessProbe implements Disposable {
  readonly pid: number;
  readonly startTicks: number;
  readonly #reader: ProcReader;
  readonly #stat: number;
  #io: number | undefined;
  #status: number | undefined;
  #isOpen = true;

  private constructor(reader: ProcReader, pid: number, stat: number, startTicks: number) {
    this.#reader = reader;
    this.pid = pid;
    this.#stat = stat;
    this.startTicks = startTicks;
  }

  /** Undefined when there is no such process, or it has ended. */
  static open(reader: ProcReader, pid: number): ProcessProbe | undefined {
    const descriptor = reader.open(`/proc/${pid}/stat`);
    if (descriptor === undefined) return undefined;
    const stat = parseProcessStat(reader.read(descriptor) ?? "");
    if (stat && !stat.isDead) return new ProcessProbe(reader, pid, descriptor, stat.startTicks);
    closeSync(descriptor);
    return undefined;
  }

  /** Undefined when it has been waited for. */
  stat(): ProcessStat | undefined {
    const text = this.#isOpen ? this.#reader.read(this.#stat) : undefined;
    return text === undefined ? undefined : parseProcessStat(text);
  }

  /** Bytes it caused to be read from and written to storage, children that ended included; 0 where that may not be seen. */
  ioBytes(): number {
    this.#io ??= this.#reader.open(`/proc/${this.pid}/io`);
    const text = this.#io === undefined ? undefined : this.#reader.read(this.#io);
    return text === undefined ? 0 : figure(text, "\nread_bytes: ") + figure(text, "\nwrite_bytes: ");
  }

  /** Memory that is its own, swapped out or not: mapped files are left out, since many processes share them. */
  ownedBytes(isHeadless = false): number {
    if (isHeadless) return owned(this.#reader.readOnce(`/proc/${this.pid}/task/${this.#livingThread()}/status`));
    this.#status ??= this.#reader.open(`/proc/${this.pid}/status`);
    return owned(this.#status === undefined ? undefined : this.#reader.read(this.#status));
  }

  /** How many files, sockets and pipes it has open; 0 where that may not be seen. */
  openFiles(): number {
    try {
      const folder = `/proc/${this.pid}/fd`;
      // Kernels from 6.2 tell the number as the folder's size; for older ones the names are counted.
      return statSync(folder).size || readdirSync(folder).length;
    } catch {
      return 0;
    }
  }

  /** Adds to `found` the files of `device` that it has deleted and keeps open, by inode, with the bytes they hold on disk. */
  deletedFiles(device: number, found: Map<number, number>): void {
    const folder = `/proc/${this.pid}/fd`;
    for (const descriptor of list(folder).slice(0, MOST_DESCRIPTORS)) {
      // Follows the kernel's own link, which leads to the file itself though it has no name any more.
      const file = statSync(`${folder}/${descriptor}`, { throwIfNoEntry: false });
      if (file?.isFile() && file.nlink === 0 && file.dev === device) found.set(file.ino, file.blocks * BYTES_PER_BLOCK);
    }
  }

  /** Pids of the processes that its threads started. */
  children(): number[] {
    const threads = list(`/proc/${this.pid}/task`);
    return threads.flatMap((thread) => readPids(`/proc/${this.pid}/task/${thread}/children`));
  }

  /** Whether it was there to get it. */
  signal(name: NodeJS.Signals): boolean {
    if (this.stat() === undefined) return false;
    try {
      return process.kill(this.pid, name);
    } catch {
      return false;
    }
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const descriptor of [this.#stat, this.#io, this.#status]) if (descriptor !== undefined) closeSync(descriptor);
  }

  #livingThread(): string {
    return list(`/proc/${this.pid}/task`).find((thread) => thread !== String(this.pid)) ?? String(this.pid);
  }
}

function owned(status: string | undefined): number {
  if (status === undefined) return 0;
  const kb = figure(status, "\nRssAnon:") + figure(status, "\nRssShmem:") + figure(status, "\nVmSwap:");
  return kb * BYTES_PER_KB;
}

/** The number after a label; 0 when it is not there. */
function figure(text: string, label: string): number {
  const start = text.indexOf(label);
  return start === -1
    ? 0
    : Number.parseInt(text.slice(start + label.length, start + label.length + 24).trimStart(), 10);
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The pids a file lists, by spaces or lines; none when it cannot be read. */
export function readPids(path: string): number[] {
  try {
    return readFileSync(path, "latin1")
      .split(/\s+/)
      .map(Number)
      .filter((pid) => pid > 0);
  } catch {
    return [];
  }
}
