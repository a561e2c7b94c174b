import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Bag } from "./bag.ts";

class Thing {
  place = 0;
}

describe("A Bag", () => {
  test("holds what was put in until it is taken out, as a Set does", () => {
    const things = Array.from({ length: 8 }, () => new Thing());
    const steps = fc.array(fc.tuple(fc.boolean(), fc.nat({ max: things.length - 1 })), { maxLength: 100 });
    fc.assert(
      fc.property(steps, (all) => {
        const bag = new Bag<Thing>();
        const model = new Set<Thing>();
        for (const [isPut, at] of all) {
          const thing = things[at]!;
          if (isPut && !model.has(thing)) {
            bag.add(thing);
            model.add(thing);
          } else if (!isPut) {
            expect(bag.delete(thing)).toBe(model.delete(thing));
          }
          expect(bag.size).toBe(model.size);
          expect(new Set(bag)).toEqual(model);
          for (const one of things) expect(bag.has(one)).toBe(model.has(one));
        }
      }),
    );
  });

  test("finds one by what is known of it", () => {
    const [first, second] = [new Thing(), new Thing()];
    const bag = new Bag<Thing>();
    bag.add(first);
    bag.add(second);
    expect(bag.find((thing) => thing === second)).toBe(second);
    expect(bag.find(() => false)).toBeUndefined();
  });
});
