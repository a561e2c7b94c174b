import { ManualClock } from "@berth/base";
import fc from "fast-check";
import { expect, test } from "vitest";
import { endpointRig, scripted } from "../../test/endpoint-rig.ts";
import { RateLimiter } from "./rate-limiter.ts";

test("RateLimiter does what a bucket of tokens does that is filled one by one", () => {
  const steps = fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 100 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 8 }), steps, (everyTenth, burst, waits) => {
      const everyMs = everyTenth * 100;
      const limiter = new RateLimiter({ perSecond: 1_000 / everyMs, burst, maxQueued: 0 }, new ManualClock());
      let tokens = burst * everyMs;
      let nowMs = 0;
      for (const waitMs of waits) {
        nowMs += waitMs;
        tokens = Math.min(burst * everyMs, tokens + waitMs);
        const missingMs = Math.max(0, everyMs - tokens);
        expect(limiter.waitMs(nowMs)).toBeCloseTo(missingMs, 6);
        // What is left of a token by rounding is none.
        if (missingMs > 0 && missingMs < 1e-6) continue;
        expect(limiter.tryTake(nowMs)).toBe(missingMs === 0);
        if (missingMs === 0) tokens -= everyMs;
      }
    }),
  );
});

test("Endpoint refuses what comes too fast, and says when the next call is let through", async () => {
  const rate = { perSecond: 2, burst: 2 };
  const { endpoint, clock } = endpointRig({ invoke: async () => "sunny", policy: { rate } });
  expect(await Promise.all([endpoint.call("a"), endpoint.call("b")])).toEqual(["sunny", "sunny"]);
  await expect(endpoint.call("c")).rejects.toMatchObject({
    code: "CALL_RATE_EXCEEDED",
    message: "Did not call source/weather (home): it takes 2 calls a second, the next in 500 ms",
    details: { perSecond: 2, retryAfterMs: 500 },
  });
  await clock.advance(500);
  expect(await endpoint.call("d")).toBe("sunny");
  expect(endpoint.metrics).toMatchObject({ calls: 4, successes: 3, failures: 1, rateRefusals: 1 });
});

test("Endpoint lets as many as it may wait for their turn, in order, and forgets those who give up", async () => {
  const rate = { perSecond: 1, burst: 1, maxQueued: 2 };
  const heard: string[] = [];
  const { endpoint, clock } = endpointRig({ invoke: (input) => heard.push(input), policy: { rate } });
  const caller = new AbortController();
  const calls = ["a", "b"].map((input) => endpoint.run(input));
  const given = endpoint.run("c", { signal: caller.signal });
  expect((await endpoint.run("d")).kind).toBe("failed");
  expect(endpoint.metrics.queued).toBe(2);
  caller.abort();
  expect(await given).toMatchObject({ kind: "failed", error: { code: "CALL_CANCELLED" } });
  expect(endpoint.metrics.queued).toBe(1);
  await clock.advance(1_000);
  await Promise.all(calls);
  expect({ heard, timers: clock.pendingTimers }).toEqual({ heard: ["a", "b"], timers: 0 });
});

test("Endpoint lets nobody wait for a turn that comes after the caller's time", async () => {
  const rate = { perSecond: 0.1, burst: 1, maxQueued: 10 };
  const { endpoint, clock } = endpointRig({ invoke: scripted(["a", "b"]), policy: { rate } });
  await endpoint.call("a");
  const late = endpoint.call("b", { deadline: clock.now() + 9_000 });
  await expect(late).rejects.toMatchObject({ code: "CALL_RATE_EXCEEDED" });
});
