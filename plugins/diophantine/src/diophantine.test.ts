import type { LastRun, Rate } from "@berth/sdk";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Attempts } from "./attempts.ts";
import { LimitedRuns } from "./limited-runs.ts";

/** As the rule is written down: every window that begins at an attempt. */
function keeps(times: readonly number[], { runs, windowMs }: Rate): boolean {
  return times.every((begin) => times.filter((time) => time >= begin && time < begin + windowMs).length <= runs);
}

describe("Attempts [RPT-104, RPT-4]", () => {
  test("takes the very first moment that keeps the rate in every window", () => {
    const cases = fc.record({
      runs: fc.integer({ min: 1, max: 4 }),
      windowMs: fc.integer({ min: 1, max: 12 }),
      offsets: fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 2 }),
      gaps: fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 12 }),
    });
    fc.assert(
      fc.property(cases, ({ runs, windowMs, offsets, gaps }) => {
        const rate = { runs, windowMs };
        const all = [0, ...offsets.toSorted((a, b) => a - b)];
        fc.pre(keeps(all, rate));
        const attempts = new Attempts(rate, all);
        const times: number[] = [];
        let nowMs = 0;
        for (const gap of gaps) {
          nowMs += gap;
          const fits = (at: number): boolean => keeps([...times, ...all.map((offset) => at + offset)], rate);
          let first = nowMs;
          while (!fits(first)) first++;
          nowMs = attempts.takeNext(nowMs);
          expect(nowMs).toBe(first);
          times.push(...all.map((offset) => first + offset));
        }
      }),
    );
  });

  test("forgets what no window can hold any more", () => {
    const attempts = new Attempts({ runs: 3, windowMs: 10 }, [0]);
    let nowMs = 0;
    for (let request = 0; request < 1_000; request++) nowMs = attempts.takeNext(nowMs);
    expect(nowMs).toBe(Math.floor(999 / 3) * 10);
    expect(attempts.count).toBeLessThanOrEqual(6);
  });
});

describe("LimitedRuns [RPT-104]", () => {
  const ended = (success: boolean): LastRun => ({ count: 1, success, durationMs: 0, startedAt: 0 });

  /** When runs start that take no time. */
  function starts(rate: Rate, offsetsMs: readonly number[], outcomes: readonly boolean[]): number[] {
    let nowMs = 0;
    const schedule = new LimitedRuns({ rate, offsetsMs, now: () => nowMs });
    return [undefined, ...outcomes].map((success) => {
      nowMs += schedule.next(success === undefined ? undefined : ended(success)).delayMs;
      return nowMs;
    });
  }

  test("runs at once while there is room, and then in the millisecond there is", () => {
    const five = Array.from({ length: 5 }, () => true);
    expect(starts({ runs: 2, windowMs: 3_000 }, [0], five)).toEqual([0, 0, 3_000, 3_000, 6_000, 6_000]);
    expect(starts({ runs: 1, windowMs: 1_500 }, [0], five)).toEqual([0, 1_500, 3_000, 4_500, 6_000, 7_500]);
  });

  test("makes the retries it keeps room for, and gives the room of those back that were not needed", () => {
    const rate = { runs: 4, windowMs: 1_000 };
    const offsets = [0, 100, 300];
    // Three attempts were made in the first second: of the next three one fits into it.
    expect(starts(rate, offsets, [false, false, true])).toEqual([0, 100, 300, 900]);
    // One attempt each was enough.
    expect(starts(rate, offsets, [true, true, true])).toEqual([0, 0, 700, 900]);
  });

  test("begins another request when all attempts have failed, and does not run ahead when the clock goes back", () => {
    expect(starts({ runs: 2, windowMs: 1_000 }, [0, 10], [false, false, false])).toEqual([0, 10, 1_000, 1_010]);
    let nowMs = 5_000;
    const schedule = new LimitedRuns({ rate: { runs: 1, windowMs: 100 }, offsetsMs: [0], now: () => nowMs });
    expect(schedule.next(undefined)).toEqual({ delayMs: 0 });
    nowMs = 1_000;
    expect(schedule.next(ended(true))).toEqual({ delayMs: 100 });
  });
});
