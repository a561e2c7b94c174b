import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LatencyHistogram } from "./latency-histogram.ts";

describe("LatencyHistogram", () => {
  test("answers 0 when nothing was counted", () => {
    expect(new LatencyHistogram().quantileMs(0.99)).toBe(0);
  });

  test("tells the quantiles of a known distribution within 1/32", () => {
    const histogram = new LatencyHistogram();
    for (let ms = 1; ms <= 1_000; ms++) histogram.add(ms);
    for (const [quantile, ms] of [
      [0.5, 500],
      [0.95, 950],
      [0.99, 990],
      [1, 1_000],
    ] as const) {
      expect(Math.abs(histogram.quantileMs(quantile) - ms) / ms).toBeLessThanOrEqual(1 / 32);
    }
    expect(histogram.count).toBe(1_000);
  });

  test("counts what is out of range at the ends", () => {
    const histogram = new LatencyHistogram();
    histogram.add(-5);
    histogram.add(Number.MAX_VALUE);
    expect(histogram.quantileMs(0.5)).toBeLessThan(0.001);
    expect(histogram.quantileMs(1)).toBeGreaterThan(2_000_000);
  });

  test("every quantile is within 1/32 of the exact one, and they never fall", () => {
    const durations = fc.array(fc.double({ min: 0.016, max: 2_000_000, noNaN: true }), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(durations, (values) => {
        const histogram = new LatencyHistogram();
        for (const value of values) histogram.add(value);
        const sorted = values.toSorted((a, b) => a - b);
        let previous = 0;
        for (const quantile of [0.01, 0.25, 0.5, 0.75, 0.95, 0.99, 1]) {
          const exact = sorted[Math.max(1, Math.ceil(values.length * quantile)) - 1]!;
          const told = histogram.quantileMs(quantile);
          // Whole microseconds are counted, so one is always in doubt.
          expect(Math.abs(told - exact)).toBeLessThanOrEqual(exact / 32 + 0.001);
          expect(told).toBeGreaterThanOrEqual(previous);
          previous = told;
        }
      }),
    );
  });
});

test("LatencyHistogram counts how many kept within bounds, and what all took together", () => {
  const histogram = new LatencyHistogram();
  for (const ms of [0.5, 3, 3, 40, 900]) histogram.add(ms);
  const { counts, sumMs } = histogram.within([1, 5, 50, 500]);
  expect(counts).toEqual([1, 3, 4, 4]);
  expect(Math.abs(sumMs - 946.5)).toBeLessThan(946.5 / 32);
  expect(new LatencyHistogram().within([1])).toEqual({ counts: [0], sumMs: 0 });
});
