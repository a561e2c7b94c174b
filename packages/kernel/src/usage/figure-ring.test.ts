import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FigureRing } from "./figure-ring.ts";

describe("FigureRing", () => {
  test("keeps the last rows in order, and what is not known as null [BWK-13]", () => {
    const figure = fc.option(fc.integer(), { nil: null });
    fc.assert(
      fc.property(fc.array(fc.record({ a: figure, b: figure })), fc.integer({ min: 0, max: 5 }), (rows, kept) => {
        const ring = new FigureRing(["a", "b"], kept);
        for (const row of rows) ring.push(row);
        expect(ring.rows).toEqual(kept === 0 ? [] : rows.slice(-kept));
      }),
    );
  });
});
