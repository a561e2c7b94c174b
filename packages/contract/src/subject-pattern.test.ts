import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { intersectSubjects, isSubject, isSubjectPattern, subjectCovers, subjectMatcher } from "./subject-pattern.ts";

describe("subjectMatcher", () => {
  test.each([
    ["run.finished", "run.finished", true],
    ["run.finished", "run.failed", false],
    ["run.*", "run.finished", true],
    ["run.*", "run", false],
    ["run.*", "run.a.b", false],
    ["*.finished", "run.finished", true],
    ["run.>", "run.a", true],
    ["run.>", "run.a.b.c", true],
    ["run.>", "run", false],
    ["run.>", "runner.a", false],
    [">", "anything.at.all", true],
    ["*", "one", true],
    ["*", "one.two", false],
    ["a.*.c", "a.b.c", true],
    ["a.*.c", "a.b.d", false],
  ])("%s on %s is %s", (pattern, subject, expected) => expect(subjectMatcher(pattern)(subject)).toBe(expected));

  test("agrees with subjectCovers and with a regular expression, for every pattern and subject", () => {
    fc.assert(
      fc.property(pattern, subject, (wanted, found) => {
        const expected = asRegExp(wanted).test(found);
        expect(subjectMatcher(wanted)(found)).toBe(expected);
        expect(subjectCovers(wanted, found)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("subjectCovers", () => {
  test("a pattern that covers another fits whatever the other fits", () => {
    fc.assert(
      fc.property(pattern, pattern, subject, (outer, inner, found) => {
        fc.pre(subjectCovers(outer, inner) && subjectMatcher(inner)(found));
        expect(subjectMatcher(outer)(found)).toBe(true);
      }),
    );
  });

  test.each([
    ["run.*", "run.>"],
    ["*", ">"],
    ["run.finished", "run.*"],
    ["run.*", "*.finished"],
  ])("%s does not cover %s", (outer, inner) => expect(subjectCovers(outer, inner)).toBe(false));
});

describe("intersectSubjects", () => {
  test("fits exactly what both patterns fit", () => {
    fc.assert(
      fc.property(pattern, pattern, subject, (a, b, found) => {
        const both = intersectSubjects(a, b);
        const isFit = both !== undefined && subjectMatcher(both)(found);
        expect(isFit).toBe(subjectMatcher(a)(found) && subjectMatcher(b)(found));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("isSubject and isSubjectPattern", () => {
  test.each(["run", "run.finished", "plugin.weather-home.started", "$host.a_b"])("%s is a subject", (text) => {
    expect(isSubject(text)).toBe(true);
    expect(isSubjectPattern(text)).toBe(true);
  });

  test.each(["run.*", "*.a", ">", "a.>"])("%s is a pattern and no subject", (text) => {
    expect(isSubject(text)).toBe(false);
    expect(isSubjectPattern(text)).toBe(true);
  });

  test.each(["", ".", "a.", ".a", "a..b", "a b", "a.b*", "a.>.b", "a>b", "a\nb", "ä.b", "a".repeat(201)])(
    "%j is neither",
    (text) => {
      expect(isSubject(text)).toBe(false);
      expect(isSubjectPattern(text)).toBe(false);
    },
  );
});

const word = fc.constantFrom("a", "b", "run", "a+b");
const subject = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join("."));
const pattern = fc
  .tuple(fc.array(fc.oneof(word, fc.constant("*")), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([words, isOpen]) => (isOpen ? [...words.slice(0, -1), ">"] : words).join("."));

function asRegExp(text: string): RegExp {
  const parts = text
    .split(".")
    .map((part) => (part === "*" ? "[^.]+" : part === ">" ? ".+" : part.replace("+", "\\+")));
  return new RegExp(`^${parts.join("\\.")}$`);
}
