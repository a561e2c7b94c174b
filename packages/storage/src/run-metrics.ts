import { type Run, type RunOutcome, boundedError } from "./run.ts";

/** One line of the metrics log: the fields of `SourceMetrics` (SIG-15), how the run ended, and how many attempts it took. */
export interface RunMetrics {
  source_id: string;
  source_type: string;
  /** ISO 8601, UTC. */
  started_at: string;
  completed_at: string | null;
  success: boolean;
  error: string | null;
  duration_seconds: number | null;
  data_points: number;
  outcome: RunOutcome;
  attempts: number;
}

/** How every line begins. Inside a line the quotes of this text would be escaped, so it occurs nowhere else. */
const LINE_START = '{"source_id":';

/** The line for a run, with its newline. `source_id` comes first: {@link parseMetricsLine} relies on it. */
export function metricsLine(run: Run): string {
  const metrics: RunMetrics = {
    source_id: run.job,
    source_type: run.type,
    started_at: new Date(run.startedAt).toISOString(),
    completed_at: new Date(run.completedAt).toISOString(),
    success: run.outcome === "success",
    error: boundedError(run.error),
    duration_seconds: run.durationMs / 1_000,
    data_points: run.dataPoints,
    outcome: run.outcome,
    attempts: run.attempts,
  };
  return `${JSON.stringify(metrics)}\n`;
}

/**
 * The metrics of a line, or `undefined` when it is torn or something else. A whole line that a living process appended behind
 * a torn one of a killed process is found by its beginning.
 */
export function parseMetricsLine(line: string): RunMetrics | undefined {
  const start = line.lastIndexOf(LINE_START);
  if (start === -1) return undefined;
  try {
    const found: unknown = JSON.parse(line.slice(start));
    return isRunMetrics(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

const OUTCOMES: readonly unknown[] = ["success", "failed", "skipped", "cached"] satisfies RunOutcome[];

const FIELD_CHECKS: Record<keyof RunMetrics, (value: unknown) => boolean> = {
  source_id: (value) => typeof value === "string",
  source_type: (value) => typeof value === "string",
  started_at: isTime,
  completed_at: (value) => value === null || isTime(value),
  success: (value) => typeof value === "boolean",
  error: (value) => value === null || typeof value === "string",
  duration_seconds: (value) => value === null || typeof value === "number",
  data_points: (value) => typeof value === "number",
  outcome: (value) => OUTCOMES.includes(value),
  attempts: (value) => typeof value === "number",
};

function isRunMetrics(found: unknown): found is RunMetrics {
  if (typeof found !== "object" || found === null) return false;
  return Object.entries(FIELD_CHECKS).every(([field, check]) => check((found as Record<string, unknown>)[field]));
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}
