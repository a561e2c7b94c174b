import { type FileHandle, open, readFile, rm } from "node:fs/promises";
import { errorMessage, writeFileAtomically } from "@berth/base";
import { HostError } from "@berth/contract";
import type { Counters } from "../run/counters.ts";
import { type SeriesState, soundState } from "../run/state-file.ts";

/** What is kept of one job. */
interface KeptJob extends SeriesState {
  job: string;
  /** Of a job that is complete: how it stood in the file, and its exit code. */
  done?: { written: string; code: number };
}

/** The file is made anew when it has this many lines more than jobs: some megabytes. */
const MOST_SPARE_LINES = 10_000;

/**
 * The state of many jobs in one file, a line for each change, the last line of a job being what holds: ten thousand jobs are not
 * written anew for each run. A change is on the disk before its run begins; changes that come together are written together.
 */
export class JobStates implements AsyncDisposable {
  readonly #path: string;
  readonly #jobs: Map<string, KeptJob>;
  #handle: FileHandle;
  #lines: number;
  #waiting: string[] = [];
  #written: Promise<void> | undefined;
  #isRemoved = false;

  private constructor(path: string, jobs: Map<string, KeptJob>, handle: FileHandle) {
    this.#path = path;
    this.#jobs = jobs;
    this.#handle = handle;
    this.#lines = jobs.size;
  }

  /**
   * @param names of all jobs there are: of others nothing is kept.
   * @throws HostError `CONFIG_INVALID` when it is no such file.
   */
  static async open(path: string, names: ReadonlySet<string>): Promise<JobStates> {
    const jobs = await readStates(path);
    for (const name of jobs.keys()) if (!names.has(name)) jobs.delete(name);
    // Also takes away a line that was cut off by a crash, which the next would be written behind.
    await writeStates(path, jobs);
    return new JobStates(path, jobs, await open(path, "a"));
  }

  /** The state of a job; a fresh one when its series is another than that of the file. */
  of(job: string, series: string, nowMs: number): JobState {
    const kept = this.#jobs.get(job);
    const counts = { runs: 0, successes: 0, failures: 0, consecutiveFailures: 0 };
    const state: KeptJob =
      kept?.series === series ? kept : { job, version: 1, series, begunAt: nowMs, lastSlot: null, ...counts };
    return new JobState(state, (line) => this.#write(state, line));
  }

  /** Everything is complete: the next start begins anew. */
  async remove(): Promise<void> {
    this.#isRemoved = true;
    await this.#written;
    await rm(this.#path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#written?.catch(() => undefined);
    await this.#handle.close();
  }

  #write(state: KeptJob, line: string): Promise<void> {
    if (this.#isRemoved) return Promise.resolve();
    this.#jobs.set(state.job, state);
    this.#waiting.push(line);
    // What comes while a piece is written waits for the next, together.
    this.#written = this.#written?.then(() => this.#writeWaiting()) ?? this.#writeWaiting();
    return this.#written;
  }

  async #writeWaiting(): Promise<void> {
    // Written with one that came before it.
    if (this.#waiting.length === 0) return;
    const lines = this.#waiting.splice(0);
    this.#lines += lines.length;
    if (this.#lines > this.#jobs.size + MOST_SPARE_LINES) return this.#rewrite();
    await this.#handle.appendFile(lines.join(""));
    await this.#handle.datasync();
  }

  async #rewrite(): Promise<void> {
    await writeStates(this.#path, this.#jobs);
    await this.#handle.close();
    this.#handle = await open(this.#path, "a");
    this.#lines = this.#jobs.size;
  }
}

/** The state of one job, as {@link StateFile} is of one series. */
export class JobState {
  readonly state: KeptJob;
  readonly #write: (line: string) => Promise<void>;

  constructor(state: KeptJob, write: (line: string) => Promise<void>) {
    this.state = state;
    this.#write = write;
  }

  restore(counters: Counters): void {
    const { runs, successes, failures, consecutiveFailures } = this.state;
    Object.assign(counters, { runs, successes, failures, consecutiveFailures });
  }

  /** The exit code of a job that was complete, and stands in the file as it did. */
  doneWith(written: string): number | undefined {
    return this.state.done?.written === written ? this.state.done.code : undefined;
  }

  /** A run is about to begin at `slot`. */
  take(slot: number): Promise<void> {
    this.state.lastSlot = slot;
    delete this.state.done;
    return this.#write(lineOf(this.state));
  }

  ended({ runs, successes, failures, consecutiveFailures }: Counters): Promise<void> {
    Object.assign(this.state, { runs, successes, failures, consecutiveFailures });
    return this.#write(lineOf(this.state));
  }

  complete(written: string, code: number): Promise<void> {
    this.state.done = { written, code };
    return this.#write(lineOf(this.state));
  }
}

function lineOf(state: KeptJob): string {
  return `${JSON.stringify(state)}\n`;
}

function writeStates(path: string, jobs: ReadonlyMap<string, KeptJob>): Promise<void> {
  return writeFileAtomically(path, jobs.values().map(lineOf).toArray().join(""), 0o600);
}

async function readStates(path: string): Promise<Map<string, KeptJob>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    throw new HostError("CONFIG_INVALID", `Cannot read ${path}: ${errorMessage(cause)}`, { cause });
  }
  const jobs = new Map<string, KeptJob>();
  // After the last newline stands nothing, or what a crash cut off: its run had not begun.
  for (const line of text.split("\n").slice(0, -1)) {
    const kept = soundState(line) as KeptJob | undefined;
    if (typeof kept?.job === "string") jobs.set(kept.job, kept);
    else
      throw new HostError(
        "CONFIG_INVALID",
        `Cannot go on from ${path}: it is no state of rpr run; name another file, or remove it`,
      );
  }
  return jobs;
}
