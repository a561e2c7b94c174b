import type { LastRun } from "@berth/sdk";
import { describe, expect, test } from "vitest";
import { AdaptiveInterval, type AdaptiveOptions } from "./adaptive-interval.ts";

const USUAL: AdaptiveOptions = {
  baseMs: 1_000,
  minMs: 100,
  maxMs: 30_000,
  slowFactor: 2,
  fastFactor: 0.5,
  openBelow: 0.3,
  isCompatible: false,
};

/** Intervals after runs that took so long each; what is below 0 failed. */
function intervals(tookMs: readonly number[], options: Partial<AdaptiveOptions> = {}): number[] {
  const schedule = new AdaptiveInterval({ ...USUAL, ...options });
  expect(schedule.next(undefined)).toEqual({ delayMs: 0 });
  return tookMs.map((took) => {
    const last: LastRun = { count: 1, success: took >= 0, durationMs: Math.abs(took), startedAt: 0 };
    return Math.round(schedule.next(last).delayMs);
  });
}

const repeat = (value: number, times: number): number[] => Array.from({ length: times }, () => value);

describe("AdaptiveInterval [RPT-102, RPT-113]", () => {
  test("comes closer by steps while runs are fast, down to the shortest", () => {
    expect(intervals(repeat(10, 6))).toEqual([800, 600, 400, 200, 100, 100]);
  });

  test("moves away by steps while runs are slow, and stays where they are neither", () => {
    expect(intervals(repeat(2_500, 3))).toEqual([1_200, 1_400, 1_600]);
    expect(intervals(repeat(1_000, 3))).toEqual([1_000, 1_000, 1_000]);
  });

  test("goes by an average in which the last run counts a tenth", () => {
    // 1,000; 1,000 + 0.1 x 11,000 = 2,100, which is slow; then 1,990, which is not.
    expect(intervals([1_000, 12_000, 1_000])).toEqual([1_000, 1_200, 1_200]);
  });

  test("backs off when runs fail, further the more of them do, up to the longest", () => {
    const failing = intervals(repeat(-10, 20));
    expect(failing.slice(0, 2)).toEqual([1_667, 11_111]);
    expect(failing).toEqual(failing.toSorted((a, b) => a - b));
    expect(failing.at(-1)).toBe(30_000);
  });

  test("never asks a service that fails more often than one that is well, unless told to do as rpr 0.5 did", () => {
    expect(Math.min(...intervals(repeat(-10, 10)))).toBeGreaterThan(1_000);
    // 600, then 360, 216, 130 and 100 ms, four times that since the circuit is open.
    expect(intervals(repeat(-10, 5), { isCompatible: true })).toEqual([600, 1_440, 864, 518, 400]);
  });

  test("comes back by way of a half-open circuit", () => {
    const schedule = new AdaptiveInterval(USUAL);
    const run = (success: boolean): string =>
      /circuit (.*)$/.exec(schedule.next({ count: 1, success, durationMs: 1_000, startedAt: 0 }).note!)![1]!;
    const states = [...repeat(0, 4).map(() => run(false)), ...repeat(0, 30).map(() => run(true))];
    expect([...new Set(states)]).toEqual(["closed", "open", "half-open"]);
    expect(states.at(-1)).toBe("closed");
  });
});
