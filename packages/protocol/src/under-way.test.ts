import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UnderWay } from "./under-way.ts";

describe("Requests UnderWay", () => {
  test("are found by their ids until they end, as in a Map, in whatever order they do", () => {
    // Each step begins a request, whose id is so much greater than the last one, or ends one of those under way.
    const steps = fc.array(
      fc.oneof(fc.record({ more: fc.integer({ min: 1, max: 5 }) }), fc.record({ ends: fc.nat() })),
    );
    fc.assert(
      fc.property(steps, (all) => {
        const underWay = new UnderWay<{ id: number }>();
        const model = new Map<number, { id: number }>();
        let lastId = 0;
        for (const step of all) {
          if ("more" in step) {
            const request = { id: (lastId += step.more) };
            underWay.add(request);
            model.set(request.id, request);
          } else if (model.size > 0) {
            const request = [...model.values()][step.ends % model.size]!;
            underWay.delete(request);
            model.delete(request.id);
          }
          expect(underWay.size).toBe(model.size);
          expect([...underWay]).toEqual([...model.values()]);
          for (let id = 0; id <= lastId + 1; id++) expect(underWay.get(id)).toBe(model.get(id));
        }
        underWay.clear();
        expect(underWay.size).toBe(0);
      }),
    );
  });

  test("are not found by what is no id, nor ended twice", () => {
    const underWay = new UnderWay<{ id: number }>();
    const request = { id: 7 };
    underWay.add(request);
    for (const id of [6, 8, 7.5, Number.NaN, "7", null, undefined, { valueOf: 1, toString: 1 }])
      expect(underWay.get(id)).toBeUndefined();
    underWay.delete({ id: 7 });
    expect(underWay.size).toBe(1);
    underWay.delete(request);
    underWay.delete(request);
    expect(underWay.size).toBe(0);
  });
});
