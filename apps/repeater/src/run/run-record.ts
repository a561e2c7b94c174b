/** What is known of one run that ended; the document of `--json` and `--log-json`, and what outputs get. */
export interface RunRecord {
  /** Of the job, where there are several. */
  job?: string;
  /** Number of the run, from 1. */
  run: number;
  /** Milliseconds since 1970. */
  startedAt: number;
  durationMs: number;
  success: boolean;
  /** What decided: the exit code, a pattern, the time limit, a stop, or that it could not be started. */
  because: "exit-code" | "success-pattern" | "failure-pattern" | "timeout" | "stopped" | "not-started";
  exitCode: number | null;
  signal: string | null;
  /** What the command wrote, where somebody asked for it. */
  stdout?: string;
  stderr?: string;
  /** Whether it wrote more than was kept. */
  isCut?: true;
  /** Why it could not be started. */
  error?: string;
  /** How long the answer in its output asked to wait. */
  holdMs?: number;
}

/** Gets the record of each run. A promise holds the next run back. */
export interface RecordSink extends AsyncDisposable {
  write(record: RunRecord): void | Promise<void>;
}
