import { expect, test } from "vitest";
import { FibonacciWaits } from "./fibonacci-waits.ts";

function waits(baseMs: number, maxMs: number, count: number): number[] {
  const schedule = new FibonacciWaits({ baseMs, maxMs });
  return Array.from({ length: count }, (_, at) => schedule.next(at === 0 ? undefined : {}).delayMs);
}

test("FibonacciWaits runs at once, then each wait is the sum of the last two [RPT-137, RPT-139]", () => {
  expect(waits(1_000, 3_600_000, 8)).toEqual([0, 1_000, 1_000, 2_000, 3_000, 5_000, 8_000, 13_000]);
});

test("FibonacciWaits begins again where the next wait would pass the maximum [RPT-139]", () => {
  expect(waits(1_000, 5_000, 9)).toEqual([0, 1_000, 1_000, 2_000, 3_000, 5_000, 1_000, 1_000, 2_000]);
  expect(waits(10, 5, 3)).toEqual([0, 10, 10]);
});
