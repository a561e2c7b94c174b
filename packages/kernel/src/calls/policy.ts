import { HostError } from "@berth/contract";
import type { BreakerPolicy } from "./breaker.ts";

/** What surrounds every call of one endpoint. */
export interface CallPolicy {
  /** How long one attempt may take; `Infinity` for as long as it likes. */
  deadlineMs: number;
  /** How long a callee may go on after its signal has fired before its runner hears that it does not stop. */
  graceMs: number;
  retry: RetryPolicy;
  /** A `failureThreshold` of `Infinity` is a breaker that never opens. */
  breaker: BreakerPolicy;
  concurrency: ConcurrencyPolicy;
  fallback: FallbackPolicy;
}

/** How often a failed attempt is made again. */
export interface RetryPolicy {
  /** All attempts, the first among them. */
  maxAttempts: number;
  /** The wait before the second attempt, the third, and so on; the last repeats. */
  waitsMs: readonly number[];
}

/** How many calls at a time, and how many more may wait for a place. */
export interface ConcurrencyPolicy {
  maxInFlight: number;
  maxQueued: number;
}

/** Whether an earlier answer may stand in for a failed call, and how old it may be. */
export interface FallbackPolicy {
  useCached: boolean;
  maxAgeMs: number;
}

/** A policy of which only what differs from {@link DEFAULT_POLICY} is said. */
export type PartialCallPolicy = { [Part in keyof CallPolicy]?: Partial<CallPolicy[Part]> };

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** What an endpoint does unless told otherwise. */
export const DEFAULT_POLICY: CallPolicy = {
  deadlineMs: 30 * SECOND_MS, // the source plan's timeout
  graceMs: SECOND_MS, // long enough to close a file or a connection, short enough that a hung plugin is noticed
  retry: { maxAttempts: 3, waitsMs: [1 * SECOND_MS, 2 * SECOND_MS, 4 * SECOND_MS] }, // the source plan's
  breaker: {
    failureThreshold: 5, // one bad minute of an upstream is not an outage
    waitsMs: [1, 2, 4, 8, 16, 30].map((minutes) => minutes * MINUTE_MS), // doubles; half an hour late at most when it is back
  },
  concurrency: {
    maxInFlight: 10, // of one instance; a plugin as a whole is held to `limits.concurrency`
    maxQueued: 100, // more than ten rounds of waiting is an overload, and is told at once
  },
  fallback: { useCached: false, maxAgeMs: 24 * HOUR_MS }, // stale data is shown only where the operator asked for it
};

/** For callees whose work must not be done twice: commands, outputs. */
export const NO_RETRY: RetryPolicy = { maxAttempts: 1, waitsMs: [] };

/** The longest wait that an upstream's Retry-After can bring about: longer ones are a matter for the schedule. */
export const LONGEST_RETRY_AFTER_MS = MINUTE_MS;

/** What a policy may say, from and to, both included; the deadline and the threshold may also be `Infinity`. */
export const POLICY_BOUNDS = {
  deadlineMs: [1, HOUR_MS], // the manifest's `limits.call_timeout_ms`; whoever needs more needs a job, not a call
  graceMs: [0, MINUTE_MS],
  "retry.maxAttempts": [1, 10],
  "retry.waitsMs": [0, HOUR_MS],
  "breaker.failureThreshold": [1, 100],
  "breaker.waitsMs": [1, 30 * MINUTE_MS], // nothing is left alone for more than half an hour
  "concurrency.maxInFlight": [1, 10_000],
  "concurrency.maxQueued": [0, 10_000],
  "fallback.maxAgeMs": [HOUR_MS, 168 * HOUR_MS], // older than a week is not stale but wrong
} as const satisfies Record<string, readonly [number, number]>;

const MAY_BE_INFINITE: ReadonlySet<keyof typeof POLICY_BOUNDS> = new Set(["deadlineMs", "breaker.failureThreshold"]);

/**
 * Fills in the defaults and checks the whole.
 *
 * @throws CONFIG_INVALID naming every value out of bounds.
 */
export function completePolicy(name: string, partial: PartialCallPolicy = {}): CallPolicy {
  const policy: CallPolicy = {
    deadlineMs: partial.deadlineMs ?? DEFAULT_POLICY.deadlineMs,
    graceMs: partial.graceMs ?? DEFAULT_POLICY.graceMs,
    retry: { ...DEFAULT_POLICY.retry, ...partial.retry },
    breaker: { ...DEFAULT_POLICY.breaker, ...partial.breaker },
    concurrency: { ...DEFAULT_POLICY.concurrency, ...partial.concurrency },
    fallback: { ...DEFAULT_POLICY.fallback, ...partial.fallback },
  };
  const problems = [...problemsOf(policy)];
  if (problems.length > 0) {
    throw new HostError("CONFIG_INVALID", `Cannot compose ${name}: ${problems.join("; ")}`, { details: { problems } });
  }
  return policy;
}

function* problemsOf(policy: CallPolicy): Generator<string> {
  const values: Record<keyof typeof POLICY_BOUNDS, number | readonly number[]> = {
    deadlineMs: policy.deadlineMs,
    graceMs: policy.graceMs,
    "retry.maxAttempts": policy.retry.maxAttempts,
    "retry.waitsMs": policy.retry.waitsMs,
    "breaker.failureThreshold": policy.breaker.failureThreshold,
    "breaker.waitsMs": policy.breaker.waitsMs,
    "concurrency.maxInFlight": policy.concurrency.maxInFlight,
    "concurrency.maxQueued": policy.concurrency.maxQueued,
    "fallback.maxAgeMs": policy.fallback.maxAgeMs,
  };
  for (const [path, value] of Object.entries(values) as [keyof typeof POLICY_BOUNDS, number | readonly number[]][]) {
    for (const single of typeof value === "number" ? [value] : value) {
      if (!isWithin(path, single)) yield `${path} is ${single}, ${allowed(path)}`;
    }
  }
  if (policy.breaker.waitsMs.length === 0) yield "breaker.waitsMs is empty, at least one wait is needed";
}

function isWithin(path: keyof typeof POLICY_BOUNDS, value: number): boolean {
  const [from, to] = POLICY_BOUNDS[path];
  if (value === Infinity) return MAY_BE_INFINITE.has(path);
  return Number.isFinite(value) && (path.endsWith("Ms") || Number.isInteger(value)) && value >= from && value <= to;
}

function allowed(path: keyof typeof POLICY_BOUNDS): string {
  const [from, to] = POLICY_BOUNDS[path];
  const whole = path.endsWith("Ms") ? "" : "a whole number ";
  return `must be ${whole}from ${from} to ${to}${MAY_BE_INFINITE.has(path) ? " or Infinity" : ""}`;
}
