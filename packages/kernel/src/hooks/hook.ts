import type { HostError } from "@berth/contract";
import type { CallOptions } from "../calls/call.ts";
import type { Declined } from "../calls/declined.ts";

/** One contribution that adds to something others add to as well. */
export interface Hook<I, R> {
  readonly plugin: string;
  /** `kind/name`. */
  readonly contribution: string;
  /** The higher comes first. */
  readonly priority: number;
  /** Whether nothing goes on without it. */
  readonly isRequired: boolean;
  call(input: I, options: CallOptions): Promise<R | Declined>;
}

/** One that was passed over, because it failed or its breaker was open. */
export interface SkippedHook {
  readonly plugin: string;
  readonly contribution: string;
  readonly error: HostError;
}

/** What came of asking them. */
export interface HookResult<T> {
  readonly value: T;
  readonly skipped: readonly SkippedHook[];
}
