import fc from "fast-check";
import validRange from "semver/ranges/valid.js";
import { expect, test } from "vitest";
import { isPlainRange } from "./version-ranges.ts";

const range = fc.oneof(
  fc.stringMatching(/^(?:\^|~|>=|<=|<|>|=)?\d{1,9}(?:\.\d{1,9}){0,2}$/),
  fc.stringMatching(/^[\^~<>=]{0,2}[0-9.x*-]{0,12}$/),
);

test("isPlainRange says yes to nothing that semver says no to", () => {
  const samples = fc.sample(range, 5_000).filter((text) => isPlainRange(text));
  expect(samples.length).toBeGreaterThan(500);
  expect(samples.filter((text) => validRange(text) === null)).toEqual([]);
});

test("isPlainRange knows the usual ranges", () => {
  const usual = ["*", "1", "1.2", "1.2.3", "^1.2.3", "~1.2", ">=1.2.3", "=0.0.0"];
  expect(usual.filter((text) => !isPlainRange(text))).toEqual([]);
  const others = ["", "01.2.3", "1.2.3.4", "^1.2.3 || ^2", ">=1 <2", "1.x", "latest", "1.2.3-beta", "9999999999"];
  expect(others.filter((text) => isPlainRange(text))).toEqual([]);
});
