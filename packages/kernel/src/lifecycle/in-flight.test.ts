import { ManualClock } from "@berth/base";
import { describe, expect, test } from "vitest";
import { InFlight } from "./in-flight.ts";

/** Work that ends when it is told to, of a caller that gives up when it is told to. */
function aCall() {
  const { promise: work, resolve: end } = Promise.withResolvers<void>();
  const controller = new AbortController();
  return { work, end, giveUp: () => controller.abort(), call: { signal: controller.signal, correlationId: "c" } };
}

function setUp(count: number) {
  const clock = new ManualClock();
  const inFlight = new InFlight();
  const calls = Array.from({ length: count }, aCall);
  for (const { work, call } of calls) void inFlight.track(work, call);
  return { clock, inFlight, calls };
}

describe("InFlight drained", () => {
  test("resolves at once when nothing is under way", async () => {
    const { clock, inFlight } = setUp(0);
    expect(await inFlight.drained(clock, 10)).toBe(true);
  });

  test("waits for the last call, and sets no timer that outlives it", async () => {
    const { clock, inFlight, calls } = setUp(2);
    const drained = inFlight.drained(clock, 10_000);
    calls[0]!.end();
    await clock.advance(9_999);
    calls[1]!.end();
    expect(await drained).toBe(true);
    expect([inFlight.count, clock.pendingTimers]).toEqual([0, 0]);
  });

  test("ends at its limit although one goes on", async () => {
    const { clock, inFlight, calls } = setUp(2);
    const drained = inFlight.drained(clock, 10_000);
    calls[0]!.end();
    await clock.advance(10_000);
    expect(await drained).toBe(false);
    expect([inFlight.count, clock.pendingTimers]).toEqual([1, 0]);
  });

  test("gives a call that nobody waits for a second, from when it was given up or from now on", async () => {
    const { clock, inFlight, calls } = setUp(2);
    calls[0]!.giveUp();
    const drained = inFlight.drained(clock, 10_000);
    await clock.advance(5_000);
    calls[1]!.giveUp();
    let isDrained = false;
    void drained.then(() => (isDrained = true));
    await clock.advance(999);
    expect(isDrained).toBe(false);
    await clock.advance(1);
    expect(await drained).toBe(true);
    expect([inFlight.count, clock.pendingTimers]).toEqual([2, 0]);
  });

  test("takes a call that fails as one that ends", async () => {
    const clock = new ManualClock();
    const inFlight = new InFlight();
    const failing = Promise.withResolvers<void>();
    const tracked = inFlight.track(failing.promise, aCall().call);
    const drained = inFlight.drained(clock, 10_000);
    failing.reject(new Error("no"));
    await expect(tracked).rejects.toThrow("no");
    expect(await drained).toBe(true);
  });
});
