import { describe, expect, test } from "vitest";
import { clamp, formatValue } from "./numbers.ts";

describe("formatValue", () => {
  test.each([
    [54, "°", undefined, "54°"],
    [82.4, "%", 1, "82%"],
    [2.5, "", 2.5, "2.5"],
    [0.25, "", 0.25, "0.25"],
    [1_234_567.8, "", 1_000, "1,234,568"],
    [12, "$", 0.01, "$12.00"],
    [-12, "$", 1, "-$12"],
    [9.5, "mph", 0.1, "9.5 mph"],
    [184.714, "", undefined, "185"],
    [18.44, "", undefined, "18.4"],
    [1.844, "", undefined, "1.84"],
  ])("writes %d %s in steps of %s as %s", (value, unit, step, expected) => {
    expect(formatValue(value, { locale: "en-GB", unit, ...(step === undefined ? {} : { step }) })).toBe(expected);
  });

  test("follows the locale, and writes British where nobody knows it", () => {
    expect(formatValue(1_234.5, { locale: "de-DE", step: 0.1 })).toBe("1.234,5");
    expect(formatValue(1_234.5, { locale: "not a locale", step: 0.1 })).toBe("1,234.5");
  });
});

describe("clamp", () => {
  test("keeps a number within bounds, and what is none at the lower", () => {
    expect([clamp(5, 0, 1), clamp(-5, 0, 1), clamp(0.5, 0, 1), clamp(Number.NaN, 0, 1)]).toEqual([1, 0, 0.5, 0]);
  });
});
