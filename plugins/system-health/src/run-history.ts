import type { JsonView, StatusLevel } from "@berth/sdk";

/** What one job did in the period, as the host's service `runs` tells it. */
export interface JobRuns {
  job: string;
  runs: number;
  succeeded: number;
  failed: number;
  skipped: number;
  cached: number;
  /** 0 to 1; nothing when there is nothing to judge. */
  successRate: number | undefined;
  p50Ms: number | undefined;
  p95Ms: number | undefined;
  lastError: string | undefined;
  lastRunAt: number | undefined;
}

/** One step of the chart. */
export interface RunBucket {
  /** Milliseconds since 1970. */
  at: number;
  succeeded: number;
  failed: number;
}

/** The host's run history over a period. */
export interface RunHistory {
  jobs: JobRuns[];
  buckets: RunBucket[];
}

const MOST_JOBS = 200;
const MOST_BUCKETS = 400;

/** The bands users of the first signage program know. */
const HEALTHY_FROM = 0.95;
const DEGRADED_FROM = 0.8;

export function readRunHistory(answer: JsonView): RunHistory {
  return {
    jobs: answer.list("jobs", MOST_JOBS).map((job) => ({
      job: job.text("job") ?? "",
      runs: count(job, "runs"),
      succeeded: count(job, "succeeded"),
      failed: count(job, "failed"),
      skipped: count(job, "skipped"),
      cached: count(job, "cached"),
      successRate: job.number("successRate"),
      p50Ms: job.number("p50Ms"),
      p95Ms: job.number("p95Ms"),
      lastError: job.text("lastError"),
      lastRunAt: job.number("lastRunAt"),
    })),
    buckets: answer.list("buckets", MOST_BUCKETS).flatMap((bucket) => {
      const at = bucket.number("at");
      return at === undefined ? [] : { at, succeeded: count(bucket, "succeeded"), failed: count(bucket, "failed") };
    }),
  };
}

/** The share of all runs that brought fresh data. Skipped runs are no verdict, cached ones failed first. */
export function overallRate(jobs: readonly JobRuns[]): number | undefined {
  const judged = sum(jobs, ({ runs, skipped }) => runs - skipped);
  return judged > 0 ? sum(jobs, ({ succeeded }) => succeeded) / judged : undefined;
}

/** HEALTHY from 95 %, DEGRADED from 80 %, else DOWN; without a run there is nothing to say yet. */
export function bandOf(rate: number | undefined): { level: StatusLevel; text: string } {
  if (rate === undefined) return { level: "unknown", text: "WAITING" };
  if (rate >= HEALTHY_FROM) return { level: "ok", text: "HEALTHY" };
  return rate >= DEGRADED_FROM ? { level: "warn", text: "DEGRADED" } : { level: "bad", text: "DOWN" };
}

export function sum<T>(items: readonly T[], figure: (item: T) => number): number {
  return items.reduce((total, item) => total + figure(item), 0);
}

function count(view: JsonView, name: string): number {
  return Math.max(0, view.number(name) ?? 0);
}
