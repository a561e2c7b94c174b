import type { Database } from "./database.ts";

/** Which runs to count, and into how many parts of time. Times are milliseconds since 1970. */
export interface HistogramQuery {
  since: number;
  until: number;
  buckets: number;
}

/** The runs that began in one part of the time. A cached run has failed: what it showed was old. */
export interface RunBucket {
  /** Where the part begins, milliseconds since 1970. */
  at: number;
  succeeded: number;
  failed: number;
}

const MOST_BUCKETS = 1_000;
const COUNT = `SELECT CAST((started_at - ?1) / ?3 AS INTEGER) AS bucket,
    sum(outcome = 'success') AS succeeded, sum(outcome IN ('failed', 'cached')) AS failed
  FROM runs WHERE started_at >= ?1 AND started_at < ?2 GROUP BY bucket`;

export function countRuns(database: Database, { since, until, buckets }: HistogramQuery): RunBucket[] {
  const count = Math.min(Math.max(1, Math.trunc(buckets)), MOST_BUCKETS);
  const widthMs = Math.max(1, until - since) / count;
  const counted: RunBucket[] = Array.from({ length: count }, (_, i) => ({
    at: Math.round(since + i * widthMs),
    succeeded: 0,
    failed: 0,
  }));
  for (const row of database.all("count runs", COUNT, since, until, widthMs)) {
    const bucket = counted[Math.min(count - 1, row["bucket"] as number)];
    if (bucket) Object.assign(bucket, { succeeded: row["succeeded"], failed: row["failed"] });
  }
  return counted;
}
