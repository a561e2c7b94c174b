import fc from "fast-check";
import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

test.each([
  ["shcedule", ["schedule", "source"], "schedule"],
  ["Wether", ["weather", "feather"], "weather"],
  ["xyz", ["schedule", "source"], undefined],
  ["", ["a"], undefined],
  ["tier", [], undefined],
])("nearest(%o, %o) is %o", (name, candidates, expected) => {
  expect(nearest(name, candidates)).toBe(expected);
});

test("nearest finds any name of four letters or more with two neighbours swapped", () => {
  const word = fc.string({
    unit: fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h"),
    minLength: 4,
    maxLength: 20,
  });
  fc.assert(
    fc.property(word, fc.nat(), (name, seed) => {
      const at = seed % (name.length - 1);
      const swapped = name.slice(0, at) + name[at + 1] + name[at] + name.slice(at + 2);
      expect(nearest(swapped, [name])).toBe(name);
    }),
  );
});

test("nearest gives up on input far too long to be a slip", () => {
  expect(nearest("a".repeat(1_000_000), ["a".repeat(999_999)])).toBeUndefined();
});
