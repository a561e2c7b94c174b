import type { HostError } from "@berth/contract";

/** How a call ended, for those who show it; never a rejection. */
export type Outcome<T> = FreshOutcome<T> | CachedOutcome<T> | DeclinedOutcome | FailedOutcome;

interface Ended {
  /** How often the callee was called. */
  attempts: number;
  /** From the call to its end: queue, attempts and the waits between them. */
  durationMs: number;
}

/** The callee answered. */
export interface FreshOutcome<T> extends Ended {
  kind: "fresh";
  value: T;
}

/** The call failed, and an earlier answer stands in. */
export interface CachedOutcome<T> extends Ended {
  kind: "cached";
  value: T;
  /** When the callee gave it, milliseconds since 1970. */
  storedAt: number;
  ageMs: number;
  /** Why there is no fresh one. */
  error: HostError;
}

/** The callee had nothing to give; or could not, and the caller had said that it goes on without. */
export interface DeclinedOutcome extends Ended {
  kind: "declined";
  reason: string;
  /** Why the callee could not, where it is broken or not there. */
  error?: HostError;
}

/** There is no answer; a call that its caller gave up has the code CALL_CANCELLED. */
export interface FailedOutcome extends Ended {
  kind: "failed";
  error: HostError;
}
