import { ManualClock } from "@berth/base";
import { HostError } from "@berth/contract";
import { describe, expect, test } from "vitest";
import { CallTally } from "./call-tally.ts";

const calm = { signal: new AbortController().signal };
const broken = new Error("broken");

function tally(): {
  clock: ManualClock;
  tally: CallTally;
  call: (ms: number, end?: (begunMs: number) => void) => Promise<void>;
} {
  const clock = new ManualClock();
  const own = new CallTally(clock);
  return {
    clock,
    tally: own,
    call: async (ms, end = (begunMs) => own.succeeded(begunMs)) => {
      const begunMs = own.begin();
      await clock.advance(ms);
      end(begunMs);
    },
  };
}

describe("CallTally", () => {
  test("knows of no latency before the first call [BWK-11]", async () => {
    expect(tally().tally.recent).toEqual({ p50Ms: null, p95Ms: null, p99Ms: null });
  });

  test("counts as errors what is the plugin's doing alone [BWK-11]", async () => {
    const { tally: own, call } = tally();
    const gone = AbortSignal.abort(new HostError("CALL_CANCELLED", "given up"));
    const late = AbortSignal.abort(new HostError("CALL_DEADLINE_EXCEEDED", "too late"));
    await call(1);
    await call(1, (begunMs) => own.failed(begunMs, broken, calm));
    await call(1, (begunMs) => own.failed(begunMs, broken, { signal: gone }));
    await call(1, (begunMs) => own.failed(begunMs, broken, { signal: late }));
    await call(1, (begunMs) => own.failed(begunMs, new HostError("CALL_CONCURRENCY_EXCEEDED", "too many"), calm));
    expect(own.counts).toEqual({ calls: 5, errors: 2 });
  });

  test("tells the latency of lately, and keeps that of all calls", async () => {
    const { clock, tally: own, call } = tally();
    for (let i = 0; i < 100; i++) await call(10);
    expect(own.recent.p99Ms).toBeCloseTo(10, 0);
    await clock.advance(31_000);
    await call(100);
    expect(own.recent.p50Ms).toBeCloseTo(10, 0);
    await clock.advance(31_000);
    expect(own.recent.p50Ms).toBeGreaterThan(90);
    await clock.advance(31_000);
    expect(own.recent.p50Ms).toBeNull();
    expect(own.latency.count).toBe(101);
    expect(own.latency.quantileMs(0.5)).toBeCloseTo(10, 0);
  });

  test("tells nothing as recent that nobody asked for in an hour", async () => {
    const { clock, tally: own, call } = tally();
    await call(10);
    await clock.advance(3_600_000);
    expect(own.recent.p50Ms).toBeNull();
  });
});
