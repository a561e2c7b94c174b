import { HostError, POLICY_BOUNDS } from "@berth/contract";
import type { BreakerPolicy } from "./breaker.ts";
import type { RatePolicy } from "./rate-limiter.ts";

/** What surrounds every call of one endpoint. */
export interface CallPolicy {
  /** How long one attempt may take; `Infinity` for as long as it likes. */
  deadlineMs: number;
  /** How long a callee may go on after its signal has fired before its runner hears that it does not stop. */
  graceMs: number;
  retry: RetryPolicy;
  /** A `failureThreshold` and an `errorRate` of `Infinity` are a breaker that never opens. */
  breaker: BreakerPolicy;
  rate: RatePolicy;
  concurrency: ConcurrencyPolicy;
  fallback: FallbackPolicy;
}

/** How often a failed attempt is made again, where the call may be made twice. */
export interface RetryPolicy {
  /** All attempts, the first among them. */
  maxAttempts: number;
  /** The wait before the second attempt, the third, and so on; the last repeats. */
  waitsMs: readonly number[];
  /** `full`: each wait is drawn between 0 and what stands here, so that those who failed together do not come back together. */
  jitter: "full" | "none";
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
  retry: { maxAttempts: 3, waitsMs: [1 * SECOND_MS, 2 * SECOND_MS, 4 * SECOND_MS], jitter: "full" }, // the source plan's
  breaker: {
    failureThreshold: 5, // one bad minute of an upstream is not an outage
    errorRate: 0.5, // whoever fails every other time without ever failing five times in a row
    windowMs: MINUTE_MS,
    minCalls: 20, // of fewer, chance decides
    waitsMs: [1, 2, 4, 8, 16, 30].map((minutes) => minutes * MINUTE_MS), // doubles; half an hour late at most when it is back
    probes: 3,
    successesToClose: 2,
  },
  rate: { perSecond: Infinity, burst: 1, maxQueued: 0 }, // only the operator or the author knows what is too fast
  concurrency: {
    maxInFlight: 10, // of one instance; a plugin as a whole is held to `limits.concurrency`
    maxQueued: 100, // more than ten rounds of waiting is an overload, and is told at once
  },
  fallback: { useCached: false, maxAgeMs: 24 * HOUR_MS }, // stale data is shown only where the operator asked for it
};

/** For callees whose work must not be done twice: commands, outputs. */
export const NO_RETRY: RetryPolicy = { maxAttempts: 1, waitsMs: [], jitter: "none" };

/** The longest wait that an upstream's Retry-After can bring about: longer ones are a matter for the schedule. */
export const LONGEST_RETRY_AFTER_MS = MINUTE_MS;

type Path = Exclude<keyof typeof POLICY_BOUNDS, `budget.${string}`>;

const MAY_BE_INFINITE: ReadonlySet<Path> = new Set<Path>([
  "deadlineMs",
  "breaker.failureThreshold",
  "breaker.errorRate",
  "rate.perSecond",
]);

/** The others that are no times are counted. */
const FRACTIONS: ReadonlySet<Path> = new Set<Path>(["breaker.errorRate", "rate.perSecond"]);

/**
 * Fills in the defaults and checks the whole.
 *
 * @throws CONFIG_INVALID naming every value out of bounds.
 */
export function completePolicy(name: string, partial: PartialCallPolicy = {}): CallPolicy {
  const policy = mergePolicies(DEFAULT_POLICY, partial) as CallPolicy;
  const problems = [...problemsOf(policy)];
  if (problems.length > 0) {
    throw new HostError("CONFIG_INVALID", `Cannot compose ${name}: ${problems.join("; ")}`, { details: { problems } });
  }
  return policy;
}

/** One over another, the later winning in each single value. */
export function mergePolicies(...layers: readonly PartialCallPolicy[]): PartialCallPolicy {
  const merged: Record<string, unknown> = {};
  for (const layer of layers) {
    for (const [part, value] of Object.entries(layer)) {
      const before = merged[part];
      merged[part] = typeof value === "object" ? { ...(before as object), ...value } : (value ?? before);
    }
  }
  return merged;
}

function* problemsOf(policy: CallPolicy): Generator<string> {
  for (const path of Object.keys(POLICY_BOUNDS) as (keyof typeof POLICY_BOUNDS)[]) {
    if (path.startsWith("budget.")) continue;
    const value = valueAt(policy, path);
    for (const single of typeof value === "number" ? [value] : value) {
      if (!isWithin(path as Path, single)) yield `${path} is ${single}, ${allowed(path as Path)}`;
    }
  }
  const { waitsMs, probes, successesToClose } = policy.breaker;
  if (waitsMs.length === 0) yield "breaker.waitsMs is empty, at least one wait is needed";
  if (successesToClose > probes) {
    yield `breaker.successesToClose is ${successesToClose}, must be at most breaker.probes, ${probes}`;
  }
}

function valueAt(policy: CallPolicy, path: string): number | readonly number[] {
  const [part, key] = path.split(".") as [keyof CallPolicy, string?];
  const found: unknown = key === undefined ? policy[part] : (policy[part] as unknown as Record<string, unknown>)[key];
  return found as number | readonly number[];
}

function isWithin(path: Path, value: number): boolean {
  const [from, to] = POLICY_BOUNDS[path];
  if (value === Infinity) return MAY_BE_INFINITE.has(path);
  return Number.isFinite(value) && (!isWhole(path) || Number.isInteger(value)) && value >= from && value <= to;
}

function isWhole(path: Path): boolean {
  return !path.endsWith("Ms") && !FRACTIONS.has(path);
}

function allowed(path: Path): string {
  const [from, to] = POLICY_BOUNDS[path];
  const whole = isWhole(path) ? "a whole number " : "";
  return `must be ${whole}from ${from} to ${to}${MAY_BE_INFINITE.has(path) ? " or Infinity" : ""}`;
}
