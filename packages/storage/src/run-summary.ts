import type { Database } from "./database.ts";
import type { RunOutcome } from "./run.ts";

/** What one job did over a time. */
export interface JobSummary {
  job: string;
  runs: number;
  success: number;
  failed: number;
  skipped: number;
  cached: number;
  /**
   * Share of the runs with fresh data, 0 to 1. A skipped run is neither success nor failure and is left out; a cached one
   * failed first. `undefined` when nothing is left to count.
   */
  successRate: number | undefined;
  /** Milliseconds, nearest rank, skipped runs left out; `undefined` when there is none. */
  p50Ms: number | undefined;
  p95Ms: number | undefined;
  p99Ms: number | undefined;
}

// Ranked here: the window functions that do it in SQL take three times as long.
const DURATIONS = "SELECT job, outcome, duration_ms FROM runs WHERE started_at >= ?";

type DurationsByOutcome = Record<RunOutcome, number[]>;

export function summariseRuns(database: Database, since: number): JobSummary[] {
  const jobs = new Map<string, DurationsByOutcome>();
  for (const row of database.all("summarise runs", DURATIONS, since)) {
    const job = row["job"] as string;
    let durations = jobs.get(job);
    if (!durations) jobs.set(job, (durations = { success: [], failed: [], skipped: [], cached: [] }));
    durations[row["outcome"] as RunOutcome].push(row["duration_ms"] as number);
  }
  return [...jobs.keys()].sort().map((job) => summaryOf(job, jobs.get(job)!));
}

function summaryOf(job: string, { success, failed, skipped, cached }: DurationsByOutcome): JobSummary {
  const sorted = Float64Array.from([...success, ...failed, ...cached]).sort();
  return {
    job,
    runs: sorted.length + skipped.length,
    success: success.length,
    failed: failed.length,
    skipped: skipped.length,
    cached: cached.length,
    successRate: sorted.length === 0 ? undefined : success.length / sorted.length,
    p50Ms: percentile(sorted, 50),
    p95Ms: percentile(sorted, 95),
    p99Ms: percentile(sorted, 99),
  };
}

function percentile(sorted: Float64Array, percent: number): number | undefined {
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1];
}
