import type { Clock, Failpoints } from "@berth/base";
import { HostError, type LogEntry } from "@berth/contract";
import { closeSync, fstatSync, mkdirSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { type MetricsFile, isOlderThan, listMetricsFiles, metricsFileAt } from "./metrics-files.ts";
import { metricsLine } from "./run-metrics.ts";
import type { Run } from "./run.ts";
import { storageError } from "./storage-error.ts";

/** How to open a metrics log. */
export interface MetricsLogOptions {
  /** Made when it is missing. */
  folder: string;
  clock: Clock;
  /** What is younger stays; a day's file goes when all of it is older. Default 7. */
  keepDays?: number;
  failpoints?: Failpoints;
  log?: (entry: LogEntry) => void;
}

const NEWLINE = 0x0a;

/** Opens the metrics log: heals a line that a crash tore and removes old files. Throws `STORAGE_FAILED`. */
export function openMetricsLog(options: MetricsLogOptions): MetricsLog {
  return new MetricsLog(options);
}

/**
 * An append-only log for other programs to read: one JSON line a run, one file a UTC day. A line is one write in append mode,
 * so lines of several processes never mix, and it outlives the process as soon as `append` returns. It is not flushed to disk:
 * the run history is what survives a power cut.
 */
export class MetricsLog implements AsyncDisposable, Disposable {
  readonly #options: MetricsLogOptions;
  #file: MetricsFile;
  #descriptor: number | undefined;
  #isTorn = false;

  constructor(options: MetricsLogOptions) {
    this.#options = options;
    this.#file = metricsFileAt(options.folder, options.clock.now());
    this.#attempt("open the metrics log", () => {
      mkdirSync(options.folder, { recursive: true });
      this.#openFile();
    });
  }

  /** Appends the line of one run. Throws `STORAGE_FAILED` when it could not be written whole. */
  append(run: Run): void {
    if (this.#descriptor === undefined)
      throw new HostError("STORAGE_FAILED", "Cannot append metrics: the log is closed");
    this.#attempt("append metrics", () => {
      this.#options.failpoints?.visitNow("metrics.append");
      this.#writeLine(this.#currentDescriptor(), metricsLine(run));
    });
  }

  /** Disposing twice is harmless. */
  [Symbol.dispose](): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
  }

  /** Goes on to the next file when the day has changed, and to a new one when somebody removed this one. */
  #currentDescriptor(): number {
    const now = this.#options.clock.now();
    const isSameDay = now >= this.#file.beginsAt && now < this.#file.endsAt;
    if (!isSameDay || fstatSync(this.#descriptor!).nlink === 0) {
      this.#file = metricsFileAt(this.#options.folder, now);
      this.#openFile();
    }
    return this.#descriptor!;
  }

  #openFile(): void {
    // Error messages stand in it: for the owner and their group.
    const descriptor = openSync(this.#file.path, "a+", 0o640);
    this[Symbol.dispose]();
    this.#descriptor = descriptor;
    this.#isTorn = endsTorn(descriptor);
    if (this.#isTorn) this.#writeLine(descriptor, "");
    this.#removeOld();
  }

  /** On a full disk the system writes what fits: the next line must not go on behind that half. */
  #writeLine(descriptor: number, line: string): void {
    const bytes = Buffer.from(this.#isTorn ? `\n${line}` : line);
    const written = writeSync(descriptor, bytes);
    this.#isTorn = written < bytes.length && (written > 0 || this.#isTorn);
    if (written < bytes.length) throw Object.assign(new Error("the disk is full"), { code: "ENOSPC" });
  }

  /** A file that cannot be removed is no reason to stop measuring. */
  #removeOld(): void {
    const { folder, clock, keepDays = 7, log } = this.#options;
    for (const file of listMetricsFiles(folder)) {
      if (!isOlderThan(file, keepDays, clock.now())) continue;
      try {
        rmSync(file.path, { force: true });
      } catch (error) {
        log?.({ level: "warn", message: storageError("remove old metrics", file.path, error).message });
      }
    }
  }

  #attempt(action: string, step: () => void): void {
    try {
      step();
    } catch (error) {
      throw storageError(action, this.#file.path, error);
    }
  }
}

function endsTorn(descriptor: number): boolean {
  const { size } = fstatSync(descriptor);
  const last = Buffer.alloc(1);
  return size > 0 && readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] !== NEWLINE;
}
