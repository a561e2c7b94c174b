import fc from "fast-check";
import { expect, test } from "vitest";
import { ErrorWindow } from "./error-window.ts";

test("ErrorWindow counts whatever is younger than nine tenths of its time, and nothing that is older than all of it", () => {
  const calls = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 400 }), isFailure: fc.boolean() }), {
    minLength: 1,
    maxLength: 80,
  });
  fc.assert(
    fc.property(calls, (steps) => {
      const window = new ErrorWindow(1_000);
      const ended: { atMs: number; isFailure: boolean }[] = [];
      let nowMs = 0;
      for (const { afterMs, isFailure } of steps) {
        nowMs += afterMs;
        window.count(isFailure, nowMs);
        ended.push({ atMs: nowMs, isFailure });
        const within = (ms: number) => ended.filter(({ atMs }) => atMs > nowMs - ms);
        const failed = (ms: number): number => within(ms).filter((one) => one.isFailure).length;
        expect(window.calls).toBeGreaterThanOrEqual(within(900).length);
        expect(window.calls).toBeLessThanOrEqual(within(1_000).length);
        expect(window.failures).toBeGreaterThanOrEqual(failed(900));
        expect(window.failures).toBeLessThanOrEqual(failed(1_000));
      }
    }),
  );
});
