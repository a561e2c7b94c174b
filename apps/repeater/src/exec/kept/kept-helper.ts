import type { ExecutorRequest } from "../executor.ts";
import type { RunLeader } from "./run-stop.ts";

/** The pipes of one run. Only commands hold their writing ends, so their end is seen. */
export interface PipePaths {
  stdout: string;
  stderr: string;
}

/** How a command ended. */
export interface Ending {
  exitCode: number | null;
  signal: string | null;
}

/**
 * A small process that is kept to start commands, one at a time: to start one copies the page tables of whoever starts it. Disposing
 * ends it with all it started.
 */
export interface KeptHelper extends AsyncDisposable {
  /** Whether it can be asked no more. */
  readonly isGone: boolean;
  makePipes(): Promise<PipePaths>;
  /**
   * Runs a command, whose standard input is empty.
   *
   * @returns its status, for {@link endingOf}; a negative number when the system did not start it, as Node counts errors.
   * @throws HostError `EXECUTION_FAILED` when nobody will ever know what became of it.
   */
  run(request: ExecutorRequest, pipes: PipePaths): Promise<number>;
  /** Whose the run is that is on, or was the last; `undefined` when nothing was started. */
  leader(): Promise<RunLeader | undefined>;
  /** Signals are about to be sent to what runs. */
  expectSignals(): void;
  /** After the last of those signals. */
  settle(): Promise<void>;
  /** The run that is on takes its time. */
  watch(): void;
  /** What a status means; asked once for each run, after its pipes were read. */
  endingOf(command: string, status: number): Ending | Promise<Ending>;
}
