import { HostError } from "@berth/contract";
import type { Counters } from "../run/counters.ts";
import { type SeriesState, soundState } from "../run/state-file.ts";
import type { Journal } from "./job-journal.ts";

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
  readonly #journal: Journal;
  readonly #jobs: Map<string, KeptJob>;
  #lines: number;
  #waiting: string[] = [];
  #written: Promise<void> | undefined;
  #isRemoved = false;

  private constructor(journal: Journal, jobs: Map<string, KeptJob>) {
    this.#journal = journal;
    this.#jobs = jobs;
    this.#lines = jobs.size;
  }

  /**
   * @param names of all jobs there are: of others nothing is kept.
   * @param file what the journal is called.
   * @throws HostError `CONFIG_INVALID` when it holds something else.
   */
  static async open(journal: Journal, names: ReadonlySet<string>, file: string): Promise<JobStates> {
    const jobs = statesOf(await journal.read(), file);
    for (const name of jobs.keys()) if (!names.has(name)) jobs.delete(name);
    // Also takes away a line that was cut off by a crash, which the next would be written behind.
    await journal.replace(textOf(jobs));
    return new JobStates(journal, jobs);
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
    await this.#journal.remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#written?.catch(() => undefined);
    await this.#journal[Symbol.asyncDispose]();
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
    if (this.#lines <= this.#jobs.size + MOST_SPARE_LINES) return this.#journal.append(lines.join(""));
    this.#lines = this.#jobs.size;
    return this.#journal.replace(textOf(this.#jobs));
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

function textOf(jobs: ReadonlyMap<string, KeptJob>): string {
  return jobs.values().map(lineOf).toArray().join("");
}

/** Of each job the last line holds. */
function statesOf(lines: readonly string[], file: string): Map<string, KeptJob> {
  const jobs = new Map<string, KeptJob>();
  for (const line of lines) {
    const kept = soundState(line) as KeptJob | undefined;
    if (typeof kept?.job === "string") jobs.set(kept.job, kept);
    else
      throw new HostError(
        "CONFIG_INVALID",
        `Cannot go on from ${file}: it is no state of rpr run; name another file, or remove it`,
      );
  }
  return jobs;
}
