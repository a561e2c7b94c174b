import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { amount, compact, dayName, price, signed } from "./figures.ts";

describe("figures", () => {
  test.each([
    [price(1_234.5), "1,234.50"],
    [price(0.0312), "0.0312"],
    [price(999.999), "1,000.00"],
    [signed(1.234, 2), "+1.23"],
    [signed(1.535, 2), "+1.54"],
    [price(1e-7), "0.0000"],
    [signed(-1_234.5, 2), "−1,234.50"],
    [signed(-0.001, 2), "+0.00"],
    [amount(1_234_567), "1,234,567"],
    [compact(9_999), "9,999"],
    [compact(48_150), "48.1 k"],
    [compact(999_960), "1.0 M"],
    [compact(4_134_521), "4.1 M"],
    [compact(1_200_000_000), "1.2 B"],
    [dayName("2026-04-01"), "1 Apr"],
  ])("%s is written %s", (text, expected) => {
    expect(text).toBe(expected);
  });

  test("taking the commas out of an amount gives the number back", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(Number(amount(value).replaceAll(",", ""))).toBe(value);
      }),
    );
  });
});
