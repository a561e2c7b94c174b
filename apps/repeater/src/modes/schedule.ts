/** A run that ended, as schedules are told. */
export interface EndedRun {
  /** Number of runs that ended so far. */
  count: number;
  success: boolean;
  exitCode: number | null;
  durationMs: number;
  /** Milliseconds since 1970. */
  startedAt: number;
}

/** When the next run is due: after a wait, or at a time of the wall clock, which may be set meanwhile. */
export type DueTime = { delayMs: number } | { at: number };

/** The next run. */
export type Due = DueTime & {
  /** Whether its success is what all runs were for: then it is the last. */
  endsOnSuccess?: boolean;
  /** Why it is due then, for `--show-metrics`. */
  note?: string;
};

/** What becomes of times that passed unused: one late run for all of them, each of them, or none. */
export type CatchUp = "one" | "all" | "none";

/** Decides when runs begin. State lives in the instance. */
export interface Schedule {
  /** Whether the last run must have ended before the next can be told; such runs cannot overlap. */
  readonly needsResult: boolean;
  /** @param holdMs the command asked not to be run before this has passed. @returns undefined when there is no next run. */
  next(last: EndedRun | undefined, holdMs: number, signal: AbortSignal): Due | undefined | Promise<Due | undefined>;
  /** A time of the wall clock is found to be long past, since the machine slept or its clock was set: what is due instead. */
  revise?(due: Due & { at: number }): Due & { at: number };
  [Symbol.asyncDispose]?(): Promise<void>;
}
