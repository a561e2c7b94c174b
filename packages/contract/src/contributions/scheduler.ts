import type { CallContext } from "../call-context.ts";

/** What a scheduler is told about the run that just ended. */
export interface LastRun {
  /** Number of runs so far. */
  count: number;
  success: boolean;
  /** Milliseconds. */
  durationMs: number;
  /** When it began, milliseconds since 1970. */
  startedAt: number;
}

/** When to run next; `undefined` from {@link SchedulerInstance.next} ends the schedule. */
export interface NextRun {
  /** Milliseconds to wait from now. */
  delayMs: number;
}

/** A configured schedule (RPT-69 to RPT-81). State lives in the instance. */
export interface SchedulerInstance {
  /** `last` is absent before the first run. */
  next(last: LastRun | undefined, call: CallContext): NextRun | undefined | Promise<NextRun | undefined>;
  dispose?(): void | Promise<void>;
}
