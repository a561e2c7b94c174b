import { describe, expect, test } from "vitest";
import { Lanes } from "./lanes.ts";

describe("Lanes", () => {
  test("takes so many at a time, in order, and skips what left the queue", async () => {
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const lanes = new Lanes<number>(2, (item) => {
      begun.push(item);
      return new Promise((resolve) => ends.push(resolve));
    });
    for (let item = 0; item < 5; item++) lanes.enter(item);
    expect(begun).toEqual([0, 1]);
    lanes.withdraw(0);
    lanes.withdraw(2);
    ends[1]!();
    await new Promise(setImmediate);
    expect(begun).toEqual([0, 1, 3]);
    ends[0]!();
    ends[2]!();
    await new Promise(setImmediate);
    expect(begun).toEqual([0, 1, 3, 4]);
  });
});
