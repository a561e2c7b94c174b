import { describe, expect, test } from "vitest";
import { Lanes } from "./lanes.ts";

describe("Lanes", () => {
  test("runs so many at a time, in order, and skips what left the queue", async () => {
    const lanes = new Lanes(2);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const places = Array.from({ length: 5 }, (_, index) =>
      lanes.enter(() => {
        begun.push(index);
        return new Promise((resolve) => ends.push(resolve));
      }),
    );
    expect(begun).toEqual([0, 1]);
    places[2]![Symbol.dispose]();
    ends[1]!();
    await new Promise(setImmediate);
    expect(begun).toEqual([0, 1, 3]);
    ends[0]!();
    ends[2]!();
    await new Promise(setImmediate);
    expect(begun).toEqual([0, 1, 3, 4]);
  });
});
