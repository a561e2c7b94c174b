import { type HostError, POLICY_BOUNDS } from "@berth/contract";
import { describe, expect, test } from "vitest";
import { completePolicy, DEFAULT_POLICY, type PartialCallPolicy } from "./policy.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

function problemsOf(policy: PartialCallPolicy): string {
  try {
    completePolicy("source/weather", policy);
  } catch (error) {
    return (error as HostError).message;
  }
  return "";
}

describe("completePolicy", () => {
  test("gives three attempts with waits of 1, 2 and 4 s, 30 s each and no cache, unless told otherwise [SIG-35] [SIG-36] [SIG-37] [SIG-38] [SIG-39] [SIG-91]", () => {
    expect(completePolicy("source/weather")).toEqual({
      deadlineMs: 30_000,
      graceMs: 1_000,
      retry: { maxAttempts: 3, waitsMs: [1_000, 2_000, 4_000], jitter: "full" },
      breaker: {
        failureThreshold: 5,
        errorRate: 0.5,
        windowMs: MINUTE_MS,
        minCalls: 20,
        waitsMs: [1, 2, 4, 8, 16, 30].map((minutes) => minutes * MINUTE_MS),
        probes: 3,
        successesToClose: 2,
      },
      rate: { perSecond: Infinity, burst: 1, maxQueued: 0 },
      concurrency: { maxInFlight: 10, maxQueued: 100 },
      fallback: { useCached: false, maxAgeMs: 24 * HOUR_MS },
    });
  });

  test("changes only what is said", () => {
    const policy = completePolicy("x", { retry: { maxAttempts: 1 }, fallback: { useCached: true } });
    expect(policy).toEqual({
      ...DEFAULT_POLICY,
      retry: { ...DEFAULT_POLICY.retry, maxAttempts: 1 },
      fallback: { ...DEFAULT_POLICY.fallback, useCached: true },
    });
  });

  test.each([
    ["retry.maxAttempts", (value: number) => ({ retry: { maxAttempts: value } }), 1, 10],
    ["fallback.maxAgeMs", (value: number) => ({ fallback: { maxAgeMs: value } }), HOUR_MS, 168 * HOUR_MS],
    ["breaker.waitsMs", (value: number) => ({ breaker: { waitsMs: [value] } }), 1, 30 * MINUTE_MS],
    ["concurrency.maxInFlight", (value: number) => ({ concurrency: { maxInFlight: value } }), 1, 10_000],
    ["concurrency.maxQueued", (value: number) => ({ concurrency: { maxQueued: value } }), 0, 10_000],
    ["deadlineMs", (value: number) => ({ deadlineMs: value }), 1, HOUR_MS],
    ["graceMs", (value: number) => ({ graceMs: value }), 0, MINUTE_MS],
    ["breaker.failureThreshold", (value: number) => ({ breaker: { failureThreshold: value } }), 1, 100],
    ["retry.waitsMs", (value: number) => ({ retry: { waitsMs: [0, value] } }), 0, HOUR_MS],
  ] as const)("holds %s to its bounds, both included [SIG-36] [SIG-39]", (path, policy, from, to) => {
    expect(POLICY_BOUNDS[path]).toEqual([from, to]);
    expect(problemsOf(policy(from)) + problemsOf(policy(to))).toBe("");
    expect(problemsOf(policy(from - 1))).toContain(`${path} is ${from - 1}, must be `);
    expect(problemsOf(policy(to + 1))).toContain(`from ${from} to ${to}`);
    expect(problemsOf(policy(Number.NaN))).toContain(`${path} is NaN`);
  });

  test("takes Infinity for the deadline and the breaker's threshold only", () => {
    expect(problemsOf({ deadlineMs: Infinity, breaker: { failureThreshold: Infinity } })).toBe("");
    expect(problemsOf({ graceMs: Infinity })).toContain("graceMs is Infinity");
  });

  test("names everything that is wrong at once", () => {
    const message = problemsOf({ retry: { maxAttempts: 2.5 }, breaker: { waitsMs: [] } });
    expect(message).toBe(
      "Cannot compose source/weather: retry.maxAttempts is 2.5, must be a whole number from 1 to 10; breaker.waitsMs is empty, at least one wait is needed",
    );
  });
});
