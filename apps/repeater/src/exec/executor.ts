/** One command to run. Its standard input is empty. */
export interface ExecutorRequest {
  command: string;
  args: readonly string[];
  /** Beside the environment of `rpr` itself; a name here wins. */
  env?: Record<string, string>;
  cwd?: string;
  /** The command is stopped when it took longer; no limit when left out. */
  timeoutMs?: number;
  /** How long a command that was told to stop may take before its whole process group is killed. */
  graceMs: number;
}

/**
 * Where the bytes of a command go, in the order in which they come on each stream. A promise holds the command back: no more of that
 * stream is read before it resolves.
 */
export interface ExecutorSink {
  stdout(bytes: Uint8Array): void | Promise<void>;
  stderr(bytes: Uint8Array): void | Promise<void>;
}

/** How a command ended. */
export interface ExecutorResult {
  /** `null` when a signal ended it. */
  exitCode: number | null;
  /** Its name, such as `SIGTERM`. */
  signal: string | null;
  durationMs: number;
  timedOut: boolean;
}

/**
 * Runs commands; runs may overlap.
 *
 * `run` resolves when the command has ended, both streams are read to their end and the sink has taken every byte. When `signal`
 * aborts, or the time is over, the process group is told to end (SIGTERM) and is killed (SIGKILL) after the grace time; so is what a
 * command left behind in its group. It rejects only when the command could not be started.
 *
 * Disposing kills at once whatever still runs, and resolves when it is gone.
 */
export interface Executor extends AsyncDisposable {
  run(request: ExecutorRequest, sink: ExecutorSink, signal: AbortSignal): Promise<ExecutorResult>;
}
