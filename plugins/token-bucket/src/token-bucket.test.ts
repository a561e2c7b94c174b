import type { Rate } from "@berth/sdk";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TokenBucket } from "./token-bucket.ts";

/** When runs come, each taking no time, from 0 on. */
function starts(rate: Rate, burst: number, count: number): number[] {
  let nowMs = 0;
  const bucket = new TokenBucket({ rate, burst, now: () => nowMs });
  return Array.from({ length: count }, () => (nowMs += bucket.next().delayMs));
}

describe("TokenBucket [RPT-105]", () => {
  test("is full at the start, and then gives tokens at its rate", () => {
    expect(starts({ runs: 2, windowMs: 3_000 }, 2, 6)).toEqual([0, 0, 1_500, 3_000, 4_500, 6_000]);
    expect(starts({ runs: 2, windowMs: 3_000 }, 1, 3)).toEqual([0, 1_500, 3_000]);
  });

  test("does not drift, whatever the rate: the nth run comes in the millisecond it is due", () => {
    const rates = fc.record({
      runs: fc.integer({ min: 1, max: 1_000 }),
      windowMs: fc.integer({ min: 1_000, max: 100_000 }),
    });
    fc.assert(
      fc.property(rates, (rate) => {
        for (const [n, at] of starts(rate, 1, 200).entries()) {
          expect(at).toBe(Math.ceil((n * rate.windowMs) / rate.runs));
        }
      }),
    );
  });

  test("never holds more than a burst, and gains nothing when the clock goes back", () => {
    let nowMs = 1_000_000;
    const bucket = new TokenBucket({ rate: { runs: 1, windowMs: 1_000 }, burst: 2, now: () => nowMs });
    nowMs += 3_600_000;
    expect([bucket.next(), bucket.next()]).toEqual([{ delayMs: 0 }, { delayMs: 0 }]);
    nowMs -= 3_600_000;
    expect(bucket.next()).toEqual({ delayMs: 1_000 });
  });
});
