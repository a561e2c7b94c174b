import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compassPoint } from "./compass.ts";

describe("compassPoint", () => {
  test.each([
    [0, "N"],
    [11.24, "N"],
    [11.26, "NNE"],
    [90, "E"],
    [203, "SSW"],
    [270, "W"],
    [349, "N"],
    [360, "N"],
    [-90, "W"],
  ])("names %d degrees %s", (degrees, point) => {
    expect(compassPoint(degrees)).toBe(point);
  });

  test("is the same after a full turn, and turns by one point every 22.5 degrees", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 15 }), fc.integer({ min: -5, max: 5 }), (point, turns) => {
        const name = compassPoint(point * 22.5);
        expect(compassPoint(point * 22.5 + turns * 360)).toBe(name);
        expect(compassPoint((point + 1) * 22.5)).not.toBe(name);
      }),
    );
  });
});
