import { ManualClock } from "@berth/base";
import { HostError } from "@berth/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DeadlineWheel } from "./deadline-wheel.ts";
import { composeEndpoint } from "./endpoint.ts";
import type { Endpoint } from "./endpoint-parts.ts";
import { RetryBudget, takeRetry } from "./retry-budget.ts";

describe("RetryBudget", () => {
  test("allows in any minute no more retries than its share of the calls, or its few a minute, and no fewer than in 50 s [BWK-6]", () => {
    const step = fc.record({
      afterMs: fc.integer({ min: 0, max: 15_000 }),
      calls: fc.integer({ min: 0, max: 60 }),
      wanted: fc.integer({ min: 0, max: 20 }),
    });
    const policies = fc.record({ percent: fc.constantFrom(0, 10, 50), perMinute: fc.constantFrom(0, 1, 10) });
    fc.assert(
      fc.property(policies, fc.array(step, { maxLength: 60 }), (policy, steps) => {
        const budget = new RetryBudget(policy);
        const calls: number[] = [];
        const retries: number[] = [];
        let nowMs = 0;
        const since = (list: number[], ms: number): number => list.filter((atMs) => atMs > nowMs - ms).length;
        for (const { afterMs, calls: come, wanted } of steps) {
          nowMs += afterMs;
          for (let i = 0; i < come; i++) {
            budget.noteCall(nowMs);
            calls.push(nowMs);
          }
          const allowed = (ms: number): number => Math.max(policy.perMinute, (since(calls, ms) * policy.percent) / 100);
          for (let i = 0; i < wanted; i++) {
            const mayRetry = budget.hasRetry(nowMs);
            // What the sliding in sixths leaves open is between these two.
            const isTooMuch = since(retries, 50_000) + 1 > allowed(60_000);
            const isWithin = since(retries, 60_000) + 1 <= allowed(50_000);
            expect([isTooMuch && mayRetry, isWithin && !mayRetry]).toEqual([false, false]);
            if (!mayRetry) break;
            budget.noteRetry(nowMs);
            retries.push(nowMs);
          }
        }
      }),
    );
  });

  test("takes from both budgets or from neither", () => {
    const [rich, poor] = [new RetryBudget(), new RetryBudget({ percent: 0, perMinute: 1 })];
    expect([takeRetry(rich, poor, 0), takeRetry(rich, poor, 0)]).toEqual([true, false]);
    let left = 0;
    while (takeRetry(rich, undefined, 0)) left++;
    expect(left).toBe(9);
  });
});

/** A chain of endpoints, each of which calls the next; the last one fails. As the host does it, all draw on the first one's budget. */
function chainOf(layers: number): { clock: ManualClock; first: Endpoint<string, unknown>; load: () => number } {
  const clock = new ManualClock();
  const wheel = new DeadlineWheel(clock);
  let load = 0;
  const fail = (): never => {
    load++;
    throw new HostError("PLUGIN_FAILED", "down");
  };
  const policy = {
    retry: { maxAttempts: 3, waitsMs: [1] },
    breaker: { failureThreshold: Infinity, errorRate: Infinity },
    concurrency: { maxInFlight: 10_000 },
  };
  const budgets = Array.from({ length: layers }, () => new RetryBudget());
  let next: (() => unknown) | undefined;
  let endpoint: Endpoint<string, unknown> | undefined;
  for (const [depth, budget] of [...budgets.entries()].toReversed()) {
    const callee = next ?? fail;
    const made = composeEndpoint<string, unknown>({
      name: `${depth}`,
      invoke: () => callee(),
      clock,
      wheel,
      policy,
      budget,
    });
    endpoint = made;
    next = () => made.call("x", { budget: budgets[0] });
  }
  return { clock, first: endpoint!, load: () => load };
}

test.each([1, 2, 4])(
  "Endpoint: %i layers of three attempts each bring a failing plugin at most a tenth more calls [BWK-6]",
  async (layers) => {
    const { clock, first, load } = chainOf(layers);
    const minute = async (): Promise<number> => {
      const before = load();
      for (let second = 0; second < 60; second++) {
        const calls = Array.from({ length: 20 }, () => first.run("x"));
        await clock.advance(1_000);
        await Promise.all(calls);
      }
      return load() - before;
    };
    await minute();
    const loads = [await minute(), await minute()];
    for (const one of loads) {
      expect(one).toBeGreaterThan(1_200);
      expect(one).toBeLessThanOrEqual(1_320);
    }
  },
);
