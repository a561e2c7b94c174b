import type { Database, Row } from "./database.ts";
import { countRuns, type HistogramQuery, type RunBucket } from "./run-histogram.ts";
import { type JobSummary, summariseRuns } from "./run-summary.ts";
import { type Run, type RunOutcome, boundedError } from "./run.ts";

const INSERT_RUN = `INSERT INTO runs
  (job, type, started_at, completed_at, duration_ms, outcome, error, error_code, data_points, attempts, trigger, slot)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const CLAIM_SLOT = "INSERT INTO slots (job, slot) VALUES (?, ?) ON CONFLICT DO NOTHING";
const HAS_SLOT = "SELECT 1 FROM slots WHERE job = ? AND slot = ?";
const LATEST = "SELECT * FROM runs WHERE job = ? ORDER BY started_at DESC, id DESC LIMIT 1";
const LIST = "SELECT * FROM runs WHERE started_at >= ? ORDER BY started_at DESC, id DESC LIMIT ?";
const LIST_OF_JOB = "SELECT * FROM runs WHERE job = ? AND started_at >= ? ORDER BY started_at DESC, id DESC LIMIT ?";
const PRUNE_RUNS = "DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE started_at < ? LIMIT ?)";
const PRUNE_SLOTS = "DELETE FROM slots WHERE slot < ?";

const MAX_LIST = 10_000;
// Other writers, in this process and in others, get their turn in between.
const PRUNE_STEP = 5_000;

/** What ran, when, and how it ended. */
export class RunHistory {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps a finished run; its slot, if it has one, is taken from then on. */
  record(run: Run): Promise<void> {
    return this.#database.write("record a run", (execute) => {
      execute(INSERT_RUN, ...valuesOf(run));
      if (run.slot !== undefined) execute(CLAIM_SLOT, run.job, Math.round(run.slot));
    });
  }

  latest(job: string): Run | undefined {
    const row = this.#database.get("read the latest run", LATEST, job);
    return row && toRun(row);
  }

  /** Newest first, at most `limit` and never more than 10,000. */
  list(query: { job?: string; since?: number; limit: number }): Run[] {
    const since = wholeNumber(query.since ?? Number.MIN_SAFE_INTEGER);
    const limit = Math.min(Math.max(0, Math.trunc(query.limit)), MAX_LIST);
    const rows =
      query.job === undefined
        ? this.#database.all("list runs", LIST, since, limit)
        : this.#database.all("list runs", LIST_OF_JOB, query.job, since, limit);
    return rows.map(toRun);
  }

  /** Per job, in order of its id, over the runs that began at `since` or later. */
  summary(query: { since: number }): JobSummary[] {
    return summariseRuns(this.#database, wholeNumber(query.since));
  }

  /** Runs of all jobs counted over time, in `buckets` equal parts from `since` to `until`; skipped runs are not counted. */
  histogram(query: HistogramQuery): RunBucket[] {
    return countRuns(this.#database, { ...query, since: wholeNumber(query.since), until: wholeNumber(query.until) });
  }

  /** Whether the slot was claimed or recorded by any process. */
  hasSlot(job: string, slot: number): boolean {
    return this.#database.get("look up a slot", HAS_SLOT, job, Math.round(slot)) !== undefined;
  }

  /**
   * Takes a slot before its run begins. Only one caller, of all processes on this file, is ever told `true`, so that a slot
   * runs at most once even when the process dies in the middle of the run.
   */
  claimSlot(job: string, slot: number): Promise<boolean> {
    return this.#database.write("claim a slot", (execute) => execute(CLAIM_SLOT, job, Math.round(slot)) === 1);
  }

  /** Forgets runs that began, and slots that were due, earlier than `before`. Answers how many runs went. */
  async prune(before: number): Promise<number> {
    const end = wholeNumber(before);
    let removed = 0;
    for (let step = PRUNE_STEP; step === PRUNE_STEP; removed += step) {
      step = await this.#database.write("prune runs", (execute) => execute(PRUNE_RUNS, end, PRUNE_STEP));
    }
    await this.#database.write("prune slots", (execute) => execute(PRUNE_SLOTS, end));
    return removed;
  }
}

function valuesOf(run: Run): (string | number | null)[] {
  return [
    run.job,
    run.type,
    Math.round(run.startedAt),
    Math.round(run.completedAt),
    run.durationMs,
    run.outcome,
    boundedError(run.error),
    run.errorCode ?? null,
    run.dataPoints,
    run.attempts,
    run.trigger,
    run.slot === undefined ? null : Math.round(run.slot),
  ];
}

/** The table's checks hold for every row, so nothing is checked again here. */
function toRun(row: Row): Run {
  return {
    job: row["job"] as string,
    type: row["type"] as string,
    startedAt: row["started_at"] as number,
    completedAt: row["completed_at"] as number,
    durationMs: row["duration_ms"] as number,
    outcome: row["outcome"] as RunOutcome,
    ...(row["error"] === null ? {} : { error: row["error"] as string }),
    ...(row["error_code"] === null ? {} : { errorCode: row["error_code"] as string }),
    dataPoints: row["data_points"] as number,
    attempts: row["attempts"] as number,
    trigger: row["trigger"] as string,
    ...(row["slot"] === null ? {} : { slot: row["slot"] as number }),
  };
}

/** `Infinity` and fractions are fine in a question, but not in an INTEGER comparison that should use its index. */
function wholeNumber(timeMs: number): number {
  return Math.round(Math.min(Math.max(timeMs, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER));
}
