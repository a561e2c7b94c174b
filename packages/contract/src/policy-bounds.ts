const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** What a call policy may say, from and to, both included. */
export const POLICY_BOUNDS = {
  deadlineMs: [1, HOUR_MS], // the manifest's `limits.call_timeout_ms`; whoever needs more needs a job, not a call
  graceMs: [0, MINUTE_MS],
  "retry.maxAttempts": [1, 10],
  "retry.waitsMs": [0, HOUR_MS],
  "breaker.failureThreshold": [1, 100],
  "breaker.errorRate": [0.01, 1],
  "breaker.windowMs": [SECOND_MS, HOUR_MS],
  "breaker.minCalls": [1, 10_000],
  "breaker.waitsMs": [1, 30 * MINUTE_MS], // nothing is left alone for more than half an hour
  "breaker.probes": [1, 100],
  "breaker.successesToClose": [1, 100],
  "rate.perSecond": [0.001, 100_000_000], // more than can be counted
  "rate.burst": [1, 1_000_000],
  "rate.maxQueued": [0, 10_000],
  "concurrency.maxInFlight": [1, 10_000],
  "concurrency.maxQueued": [0, 10_000],
  "fallback.maxAgeMs": [HOUR_MS, 168 * HOUR_MS], // older than a week is not stale but wrong
  "budget.percent": [0, 100],
  "budget.perMinute": [0, 1_000],
} as const satisfies Record<string, readonly [number, number]>;
