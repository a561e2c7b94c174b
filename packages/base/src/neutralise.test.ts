import fc from "fast-check";
import { expect, test } from "vitest";
import { neutralise, neutraliseLine } from "./neutralise.ts";

test.each([
  ["an escape sequence", "\u001b[2Jgone", "\\u001b[2Jgone"],
  ["a C1 control", "\u009b31m", "\\u009b31m"],
  ["a carriage return that would hide a line", "safe\rEVIL", "safe\\u000dEVIL"],
  ["a bidi override", "a\u202eb", "a\\u202eb"],
  ["a zero-width space", "a\u200bb", "a\\u200bb"],
  ["an invisible tag", "a\u{e0041}", "a\\ue0041"],
])("neutralise shows %s", (_what, text, expected) => {
  expect(neutralise(text)).toBe(expected);
});

test("neutralise leaves ordinary text, tabs and newlines alone", () => {
  const text = "Zürich 21 °C\n\t東京 🌧 עברית";
  expect(neutralise(text)).toBe(text);
});

test("neutralise never lets a control character through, and cuts at the limit", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      const result = neutralise(text, 50);
      // oxlint-disable-next-line no-control-regex -- what must not be found
      expect(result).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      if (text.length > 50) expect(result.endsWith("…")).toBe(true);
    }),
  );
});

test("neutraliseLine gives one line", () => {
  expect(neutraliseLine("a\r\n\tb\nc")).toBe("a b c");
});
