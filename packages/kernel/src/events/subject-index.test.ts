import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { subjectMatcher } from "@berth/contract";
import { SubjectIndex } from "./subject-index.ts";

const word = fc.constantFrom("a", "b", "c", "__proto__", "constructor");
const subject = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join("."));
const pattern = fc
  .tuple(fc.array(fc.oneof(word, fc.constant("*")), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([words, isOpen]) => (isOpen ? [...words.slice(0, -1), ">"] : words).join("."));

describe("SubjectIndex", () => {
  test("finds exactly what each pattern alone would fit, whatever comes and goes [RPT-55, OPS-19]", () => {
    const step = fc.record({ pattern, value: fc.nat(5), isAdded: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.array(subject, { maxLength: 10 }), (steps, subjects) => {
        const index = new SubjectIndex<number>();
        const model = new Set<string>();
        for (const { pattern: each, value, isAdded } of steps) {
          if (isAdded) index.add(each, value);
          else index.delete(each, value);
          if (isAdded) model.add(`${value} ${each}`);
          else model.delete(`${value} ${each}`);
          for (const one of subjects) {
            const entries = [...model].map((entry) => entry.split(" ") as [string, string]);
            const expected = new Set(entries.filter(([, of]) => subjectMatcher(of)(one)).map(([of]) => Number(of)));
            const found = index.match(one);
            expect(found).toHaveLength(expected.size);
            expect(new Set(found)).toEqual(expected);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test("forgets subjects that nobody publishes any more", () => {
    const index = new SubjectIndex<number>();
    index.add("a.>", 1);
    for (let n = 0; n < 5_000; n++) expect(index.match(`a.${n}`)).toEqual([1]);
    expect(index.match("a.0")).toEqual([1]);
  });
});
