import type { Clock } from "@berth/base";
import type { CallContext } from "@berth/contract";
import type { CallTracing } from "../tracing/traced-endpoint.ts";
import type { BreakerState } from "./breaker.ts";
import type { CallOptions } from "./call.ts";
import type { CallMetricsSnapshot } from "./call-metrics.ts";
import type { DeadlineWheel } from "./deadline-wheel.ts";
import type { Declined } from "./declined.ts";
import type { FallbackCache } from "./fallback.ts";
import type { Outcome } from "./outcome.ts";
import type { CallPolicy, PartialCallPolicy } from "./policy.ts";
import type { RetryBudget } from "./retry-budget.ts";

/** The way into one instance of a contribution. */
export interface Endpoint<I, R> {
  readonly name: string;
  readonly policy: CallPolicy;
  readonly breakerState: BreakerState;
  readonly metrics: CallMetricsSnapshot;
  /**
   * The answer, be it fresh or, where the policy allows it, an earlier one; or a {@link Declined}, for an optional call an
   * {@link Unavailable}.
   *
   * @throws HostError when there is none; the number of attempts is in its details.
   */
  call(input: I, options?: CallOptions): Promise<R>;
  /** How the call ended, in full. Never rejects. */
  run(input: I, options?: CallOptions): Promise<Outcome<Answer<R>>>;
  /**
   * Goes on under another policy, with all that is under way.
   *
   * @throws CONFIG_INVALID naming every value out of bounds; nothing has changed then.
   */
  adapt(policy: PartialCallPolicy): void;
}

/** What `R` is without the ways to decline it. */
export type Answer<R> = Exclude<R, Declined>;

/** What an endpoint is composed of. */
export interface EndpointParts<I, R> {
  /** What errors call it: `source/weather (weather_home)`. */
  name: string;
  /** Calls the callee, once for each attempt. It may return a {@link Declined}. */
  invoke: (input: I, context: CallContext) => R | Promise<R>;
  clock: Clock;
  wheel: DeadlineWheel;
  policy?: PartialCallPolicy;
  /** Whether a call may be made twice, and so is retried. Default: every one. */
  isIdempotent?: (input: I) => boolean;
  /** What its plugin may bring about in retries. Default: any number. */
  budget?: RetryBudget | undefined;
  /** Whether each caller has a breaker of its own, so that one whose calls fail does not shut the others out. Default false. */
  isBreakerPerCaller?: boolean;
  /** From 0 to 1, for the jitter. Default `Math.random`. */
  random?: () => number;
  /** Refuses a caller by throwing. */
  permit?: (caller: string, input: I) => void;
  /** What a caller may ask of the callee, by its name; default: the host itself everything, others nothing. */
  permissionsOf?: (caller: string) => readonly string[];
  /** The breaker as it was stored, if it was. */
  breakerState?: BreakerState;
  cache?: FallbackCache<I, Answer<R>>;
  hooks?: EndpointHooks;
  /** Absent in a host that does not trace. */
  tracing?: CallTracing<I> | undefined;
}

/** What an endpoint tells its owner. */
export interface EndpointHooks {
  /** The breaker's state has changed and is to be stored. */
  onBreakerChange?: (state: BreakerState) => void | Promise<void>;
  /** The callee goes on although its signal fired `graceMs` ago: its runner may end it. */
  onOverrun?: (call: { caller: string; correlationId: string; attempt: number }) => void | Promise<void>;
  /** One of these hooks or the cache threw. Without it such an error surfaces as an uncaught one. */
  onHookError?: (error: unknown) => void;
}
