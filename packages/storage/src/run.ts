/** How a run ended. `skipped`: the source declined to render; `cached`: it failed and an older value was shown. */
export type RunOutcome = "success" | "failed" | "skipped" | "cached";

/** One run of a job, as it is recorded when it is over. */
export interface Run {
  /** The job's id, such as the id of a source. */
  job: string;
  /** What kind of work it was, such as `source/weather`. */
  type: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  completedAt: number;
  durationMs: number;
  outcome: RunOutcome;
  error?: string;
  errorCode?: string;
  dataPoints: number;
  attempts: number;
  /** What started it: `cron`, `interval`, `once`, `manual` … */
  trigger: string;
  /** The scheduled instant it ran for, milliseconds since 1970: unlike a local time it is unique over a clock change. */
  slot?: number;
}

// A message is for people; one of a megabyte in every run of a day would fill the disk.
const MAX_ERROR_LENGTH = 4_000;

/** The error message as far as it is kept. */
export function boundedError(error: string | undefined): string | null {
  if (error === undefined) return null;
  return error.length > MAX_ERROR_LENGTH ? `${error.slice(0, MAX_ERROR_LENGTH - 1)}…` : error;
}
