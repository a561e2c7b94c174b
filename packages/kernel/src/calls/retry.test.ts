import { HostError } from "@berth/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RetryPolicy } from "./policy.ts";
import { waitBeforeRetryMs } from "./retry.ts";

const failed = new HostError("PLUGIN_FAILED", "failed");
const policy: RetryPolicy = { maxAttempts: 10, waitsMs: [1_000, 2_000, 4_000], jitter: "none" };

/** Drawn as late as can be; without jitter nothing is drawn. */
const latest = (): number => 1;

describe("waitBeforeRetryMs", () => {
  test("takes the waits in turn and repeats the last when attempts exceed them [SIG-96] [SIG-37]", () => {
    const waits = Array.from({ length: 10 }, (_, index) => waitBeforeRetryMs(policy, index + 1, failed, latest));
    expect(waits).toEqual([1_000, 2_000, 4_000, 4_000, 4_000, 4_000, 4_000, 4_000, 4_000, undefined]);
  });

  test("makes maxAttempts attempts in all, whatever the waits, and never waits less than one of them [SIG-36]", () => {
    const waits = fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 12 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), waits, (maxAttempts, waitsMs) => {
        const taken: number[] = [];
        for (let attempt = 1; ; attempt++) {
          const waitMs = waitBeforeRetryMs({ maxAttempts, waitsMs, jitter: "full" }, attempt, failed, latest);
          if (waitMs === undefined) break;
          taken.push(waitMs);
        }
        const expected = Array.from({ length: maxAttempts - 1 }, (_, i) => waitsMs[i] ?? waitsMs.at(-1) ?? 0);
        expect(taken).toEqual(expected);
      }),
    );
  });

  test.each(["PERMISSION_DENIED", "CONFIG_INVALID", "CONTRACT_BROKEN", "CALL_CANCELLED", "LIMIT_EXCEEDED"] as const)(
    "does not repeat %s, which would fail the same way",
    (code) => {
      expect(waitBeforeRetryMs(policy, 1, new HostError(code, "no"), latest)).toBeUndefined();
    },
  );

  test.each(["PLUGIN_FAILED", "CALL_DEADLINE_EXCEEDED", "CAPABILITY_FAILED"] as const)("repeats %s", (code) => {
    expect(waitBeforeRetryMs(policy, 1, new HostError(code, "perhaps later"), latest)).toBe(1_000);
  });

  test("does not repeat what the callee calls final", () => {
    const refused = new HostError("PLUGIN_FAILED", "refused the key", { details: { status: 401, retryable: false } });
    expect(waitBeforeRetryMs(policy, 1, refused, latest)).toBeUndefined();
  });

  test.each([
    [500, 1_000, "the own wait when it is longer"],
    [7_000, 7_000, "what was asked for when that is longer"],
    [600_000, 60_000, "a minute when more was asked for"],
    [-1, 1_000, "the own wait when nonsense was asked for"],
  ])("waits, asked for %i ms by the upstream, %i ms: %s", (retryAfterMs, expected) => {
    const limited = new HostError("PLUGIN_FAILED", "too many requests", { details: { retryAfterMs } });
    expect(waitBeforeRetryMs(policy, 1, limited, latest)).toBe(expected);
  });

  test("does not shorten an own wait that is longer than a minute", () => {
    const limited = new HostError("PLUGIN_FAILED", "too many requests", { details: { retryAfterMs: 600_000 } });
    expect(waitBeforeRetryMs({ maxAttempts: 2, waitsMs: [90_000], jitter: "none" }, 1, limited, latest)).toBe(90_000);
  });

  test("draws each wait evenly between nothing and the whole of it, and never below what the upstream asked for", () => {
    const jittered: RetryPolicy = { ...policy, jitter: "full" };
    const waits = (draw: number): unknown[] =>
      [1, 2, 3].map((at) => waitBeforeRetryMs(jittered, at, failed, () => draw));
    expect([waits(0), waits(0.5), waits(1)]).toEqual([
      [0, 0, 0],
      [500, 1_000, 2_000],
      [1_000, 2_000, 4_000],
    ]);
    const limited = new HostError("PLUGIN_FAILED", "too many requests", { details: { retryAfterMs: 700 } });
    expect(waitBeforeRetryMs(jittered, 1, limited, () => 0.1)).toBe(700);
  });
});
