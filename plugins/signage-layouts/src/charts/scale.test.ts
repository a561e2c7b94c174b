import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scaleOf } from "./scale.ts";

describe("scaleOf", () => {
  test.each([
    [[46.8, 58.3], 3, [45, 50, 55, 60]],
    [[184.2, 186.64], 4, [184, 185, 186, 187]],
    [[0.7, 3.9], 4, [0, 1, 2, 3, 4]],
    [[3, 8], 4, [0, 2, 4, 6, 8]],
    [[-2.5, 13.5], 4, [-5, 0, 5, 10, 15]],
    [[5.5, 5.5], 4, [0, 2.5, 5, 7.5]],
    [[0, 0], 4, [0, 1]],
  ])("marks %j in about %d steps at %j", (values, count, ticks) => {
    expect(scaleOf(values, count).ticks).toEqual(ticks);
  });

  test("starts at zero when asked to, also for negative values", () => {
    expect(scaleOf([90, 100], 4, { zero: true }).low).toBe(0);
    expect(scaleOf([-100, -90], 4, { zero: true }).high).toBe(0);
  });

  test("holds all values, in few and even steps, top to bottom", () => {
    const value = fc.double({ min: -1e12, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 4 }), (values, count) => {
        const scale = scaleOf(values, count);
        const slack = Math.max(1e-9, Math.abs(scale.high), Math.abs(scale.low)) * 1e-9;
        expect(Math.min(...values)).toBeGreaterThanOrEqual(scale.low - slack);
        expect(Math.max(...values)).toBeLessThanOrEqual(scale.high + slack);
        expect(scale.ticks.length).toBeGreaterThan(1);
        expect(scale.ticks.length).toBeLessThanOrEqual(count + 4);
        expect([scale.y(scale.high, 100), scale.y(scale.low, 100)]).toEqual([0, 100]);
      }),
    );
  });
});
