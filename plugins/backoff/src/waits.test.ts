import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decorrelatedJitter, exponential, fibonacci, linear, polynomial, type Waits } from "./waits.ts";

const first = (count: number, waits: Waits): number[] => Array.from({ length: count }, (_, index) => waits(index + 1));

describe("the waits of retries", () => {
  test("grow by the mathematics of the upstream [RPT-101]", () => {
    expect(first(5, exponential(100, 2))).toEqual([100, 200, 400, 800, 1_600]);
    expect(first(4, exponential(100, 1.5))).toEqual([100, 150, 225, 337.5]);
    expect(first(8, fibonacci(10))).toEqual([10, 10, 20, 30, 50, 80, 130, 210]);
    expect(first(4, linear(250))).toEqual([250, 500, 750, 1_000]);
    expect(first(4, polynomial(10, 2))).toEqual([10, 40, 90, 160]);
    expect(first(3, polynomial(10, 0.5)).map(Math.round)).toEqual([10, 14, 17]);
  });

  test("never become less than a number, however often a command fails", () => {
    for (const waits of [exponential(100, 10), fibonacci(100), linear(100), polynomial(100, 10)]) {
      expect(Math.min(waits(1_000_000), 60_000)).toBe(60_000);
    }
  });

  test("of decorrelated jitter lie between the first and the last times the multiplier, up to the limit", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 0.999_999, noNaN: true }), { minLength: 1, maxLength: 50 }),
        (draws) => {
          const left = [...draws];
          const waits = decorrelatedJitter(100, 3, 5_000, () => left.shift()!);
          let previous = 100;
          for (let n = 1; n <= draws.length; n++) {
            const wait = waits(n);
            expect(wait).toBeGreaterThanOrEqual(100);
            expect(wait).toBeLessThanOrEqual(Math.min(previous * 3, 5_000));
            previous = wait;
          }
        },
      ),
    );
  });
});
