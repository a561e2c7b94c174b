import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDuration } from "./duration.ts";

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const part = fc.tuple(fc.nat(10_000), fc.constantFrom(...(Object.keys(UNITS) as (keyof typeof UNITS)[])));

describe("parseDuration", () => {
  test("is the sum of its parts, in any order", () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const text = parts.map(([count, unit]) => `${count}${unit}`).join("");
        expect(parseDuration(text)).toBe(parts.reduce((sum, [count, unit]) => sum + count * UNITS[unit], 0));
      }),
    );
  });

  test.each([
    ["500ms", 500],
    ["1.5s", 1_500],
    ["1h30m", 5_400_000],
    ["0s", 0],
  ])("reads %s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(["", "s", "5", "5 s", "5x", "-5s", "1h30", "5S", "1,5s", "s5", `${"9".repeat(400)}d`])(
    "refuses %j",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  test("never throws, whatever it is given", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseDuration(text) ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
