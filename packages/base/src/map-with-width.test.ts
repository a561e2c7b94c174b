import { expect, test } from "vitest";
import { mapWithWidth } from "./map-with-width.ts";

test("mapWithWidth keeps to its width, gives every outcome in order, and no failure touches another item", async () => {
  let running = 0;
  let most = 0;
  const outcomes = await mapWithWidth([1, 2, 3, 4, 5], 2, async (item) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    if (item === 3) throw new Error("three");
    return item * 10;
  });
  expect(most).toBe(2);
  expect(
    outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : (outcome.reason as Error).message)),
  ).toEqual([10, 20, "three", 40, 50]);
});

test("mapWithWidth of nothing is nothing", async () => {
  expect(await mapWithWidth([], 4, async () => 1)).toEqual([]);
});
