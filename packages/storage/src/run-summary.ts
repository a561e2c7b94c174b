import type { Database, Row } from "./database.ts";

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

// Ranked by SQLite: bringing every duration of a week into JavaScript takes several times as long.
const SUMMARY = `WITH ranked AS (
    SELECT job, outcome, duration_ms,
      row_number() OVER (PARTITION BY job, outcome = 'skipped' ORDER BY duration_ms) AS rank,
      count(*) OVER (PARTITION BY job, outcome = 'skipped') AS ranks
    FROM runs WHERE started_at >= ?
  )
  SELECT job, count(*) AS runs,
    sum(outcome = 'success') AS success, sum(outcome = 'failed') AS failed,
    sum(outcome = 'skipped') AS skipped, sum(outcome = 'cached') AS cached,
    max(duration_ms) FILTER (WHERE outcome <> 'skipped' AND rank = (ranks * 50 + 99) / 100) AS p50,
    max(duration_ms) FILTER (WHERE outcome <> 'skipped' AND rank = (ranks * 95 + 99) / 100) AS p95,
    max(duration_ms) FILTER (WHERE outcome <> 'skipped' AND rank = (ranks * 99 + 99) / 100) AS p99
  FROM ranked GROUP BY job ORDER BY job`;

export function summariseRuns(database: Database, since: number): JobSummary[] {
  return database.all("summarise runs", SUMMARY, since).map(toSummary);
}

function toSummary(row: Row): JobSummary {
  const counted = Number(row["runs"]) - Number(row["skipped"]);
  return {
    job: row["job"] as string,
    runs: Number(row["runs"]),
    success: Number(row["success"]),
    failed: Number(row["failed"]),
    skipped: Number(row["skipped"]),
    cached: Number(row["cached"]),
    successRate: counted === 0 ? undefined : Number(row["success"]) / counted,
    p50Ms: (row["p50"] as number | null) ?? undefined,
    p95Ms: (row["p95"] as number | null) ?? undefined,
    p99Ms: (row["p99"] as number | null) ?? undefined,
  };
}
