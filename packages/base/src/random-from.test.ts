import { expect, test } from "vitest";
import { randomFrom } from "./random-from.ts";

test("randomFrom gives the same numbers for the same seed, others for another, spread from 0 up to 1", () => {
  const numbers = (seed: number): number[] => Array.from({ length: 1_000 }, randomFrom(seed));
  const first = numbers(1);
  expect(numbers(1)).toEqual(first);
  expect(numbers(2)).not.toEqual(first);
  expect(new Set(first.map((number) => Math.floor(number * 10)))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
});
