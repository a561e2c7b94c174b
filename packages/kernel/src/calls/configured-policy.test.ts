import { CONTRIBUTION_KINDS, type ContributionKind, POLICY_BOUNDS } from "@berth/contract";
import { operatorPolicySchema, policiesSchema, policySchema } from "@berth/contract/policy-schema";
import { describe, expect, test } from "vitest";
import { budgetPolicy, configuredPolicy, isIdempotent, priorityOf } from "./configured-policy.ts";
import { completePolicy, DEFAULT_POLICY } from "./policy.ts";

const KINDS = Object.keys(CONTRIBUTION_KINDS) as ContributionKind[];

/** Everything that can be said, each unlike what holds otherwise. */
const ALL = {
  deadline_ms: 7_000,
  retry: { max_attempts: 5, waits_ms: [7, 8], jitter: "none" },
  breaker: {
    failure_threshold: 9,
    error_rate: 0.7,
    window_ms: 9_000,
    min_calls: 9,
    waits_ms: [900],
    probes: 9,
    successes_to_close: 8,
  },
  rate: { per_second: 0.5, burst: 9, max_queued: 8 },
  concurrency: { max_in_flight: 4, max_queued: 3 },
  fallback: { use_cached: true, max_age_ms: 7_200_000 },
};

describe("configuredPolicy", () => {
  test("gives every kind a policy that can be composed", () => {
    for (const kind of KINDS) expect(() => completePolicy(kind, configuredPolicy(kind, []))).not.toThrow();
  });

  test("takes every key of a file to its place in the policy [BWK-17]", () => {
    const complete = completePolicy("x", configuredPolicy("source", [policySchema.parse(ALL)]));
    expect(complete).toEqual({
      ...DEFAULT_POLICY,
      deadlineMs: 7_000,
      retry: { maxAttempts: 5, waitsMs: [7, 8], jitter: "none" },
      breaker: {
        failureThreshold: 9,
        errorRate: 0.7,
        windowMs: 9_000,
        minCalls: 9,
        waitsMs: [900],
        probes: 9,
        successesToClose: 8,
      },
      rate: { perSecond: 0.5, burst: 9, maxQueued: 8 },
      concurrency: { maxInFlight: 4, maxQueued: 3 },
      fallback: { useCached: true, maxAgeMs: 7_200_000 },
    });
  });

  test("lets the later layer win in each single value, over the application's base and under what is said of the instance", () => {
    const layers = [{ deadline_ms: 2, retry: { max_attempts: 2 } }, undefined, { retry: { waits_ms: [3] } }];
    const policy = configuredPolicy("output", layers, {
      base: { deadlineMs: 1, concurrency: { maxQueued: 1 } },
      said: { retry: { jitter: "none" } },
    });
    expect(policy).toMatchObject({
      deadlineMs: 2,
      retry: { maxAttempts: 2, waitsMs: [3], jitter: "none" },
      concurrency: { maxQueued: 1 },
    });
  });

  test("switches a breaker off, and asks of one probe no two successes", () => {
    const off = configuredPolicy("source", [{ breaker: { enabled: false } }]).breaker;
    expect(off).toMatchObject({ failureThreshold: Infinity, errorRate: Infinity });
    const one = configuredPolicy("source", [{ breaker: { probes: 1 } }]).breaker;
    expect(one).toMatchObject({ probes: 1, successesToClose: 1 });
  });
});

test("isIdempotent follows the last that says so, then the plugin's code, then the kind", () => {
  const byKind = KINDS.filter((kind) => isIdempotent(kind, [], "x", []));
  expect(byKind.sort()).toEqual(["config", "layout", "scheduler", "source"]);
  const handled = ["GET", "HEAD", "POST"].map((method) => isIdempotent("handler", [], "handle", [{ method }]));
  expect(handled).toEqual([true, true, false]);
  expect(isIdempotent("service", [], "get", [], ["get"])).toBe(true);
  expect(isIdempotent("service", [], "put", [], ["get"])).toBe(false);
  expect(isIdempotent("service", [{ idempotent: ["put"] }, undefined], "put", [], ["get"])).toBe(true);
  expect(isIdempotent("source", [{ idempotent: true }, { idempotent: false }], "fetch", [])).toBe(false);
});

test("priorityOf and budgetPolicy have defaults", () => {
  expect([priorityOf([]), priorityOf([{ priority: 3 }, {}]), priorityOf([{ priority: 3 }, { priority: -1 }])]).toEqual([
    0, 3, -1,
  ]);
  expect(budgetPolicy({ budget: { percent: 0 } })).toEqual({ percent: 0, perMinute: 10 });
});

describe("policySchema", () => {
  test("holds every value to the bounds that the code has, and knows no other keys [BWK-17]", () => {
    for (const [path, [from, to]] of Object.entries(POLICY_BOUNDS)) {
      const steps = path.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).split(".");
      const isList = steps.at(-1) === "waits_ms";
      const written = (value: number): unknown => {
        const inner = steps.toReversed().reduce<unknown>((rest, key) => ({ [key]: rest }), isList ? [value] : value);
        const rate = steps[0] === "rate" ? { rate: { per_second: 1, ...(inner as { rate: object }).rate } } : {};
        return { ...(inner as object), ...rate };
      };
      // The grace belongs to whoever runs the plugin, and no file says it.
      const isSaid = path !== "graceMs";
      const verdicts = [from, to, from - 1, to + 1].map(
        (value) => operatorPolicySchema.safeParse(written(value)).success,
      );
      expect([path, verdicts]).toEqual([path, [isSaid, isSaid, false, false]]);
    }
    expect(policySchema.safeParse({ retries: 3 }).success).toBe(false);
    expect(policySchema.safeParse({ budget: { percent: 100 } }).success).toBe(false);
    expect(policySchema.safeParse({ breaker: { probes: 2, successes_to_close: 3 } }).success).toBe(false);
    expect(policiesSchema.safeParse({ "service/x": {} }).success).toBe(true);
    expect(policiesSchema.safeParse({ "srevice/x": {} }).success).toBe(false);
  });
});
