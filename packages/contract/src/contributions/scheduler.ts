import type { CallContext } from "../call-context.ts";

/** What a scheduler is told about the run that just ended. */
export interface LastRun {
  /** Number of runs so far. */
  count: number;
  success: boolean;
  /** Of the command; `null` when a signal ended it, or it could not be started. */
  exitCode?: number | null;
  /** How long the output of the run asked to wait before the next, such as by `Retry-After`. */
  holdMs?: number;
  /** Milliseconds. */
  durationMs: number;
  /** When it began, milliseconds since 1970. */
  startedAt: number;
}

/** When to run next; `undefined` from {@link SchedulerInstance.next} ends the schedule. */
export interface NextRun {
  /** Milliseconds to wait from now. */
  delayMs: number;
  /** Whether success is what all runs are for: the first that succeeds is the last, and it is the one that counts. */
  endsOnSuccess?: boolean;
  /** Why it is due then, in a sentence, for those who ask. */
  note?: string;
}

/** A configured schedule (RPT-69 to RPT-81). State lives in the instance. */
export interface SchedulerInstance {
  /** `last` is absent before the first run. */
  next(last: LastRun | undefined, call: CallContext): NextRun | undefined | Promise<NextRun | undefined>;
  dispose?(): void | Promise<void>;
}
