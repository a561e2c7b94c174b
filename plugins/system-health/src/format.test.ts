import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesText, lasting, milliseconds, percent, ratePercent } from "./format.ts";

describe("format", () => {
  test.each([
    [bytesText(0), "0 B"],
    [bytesText(999), "999 B"],
    [bytesText(1_000), "1.0 KiB"],
    [bytesText(25_276_493_824), "23.5 GiB"],
    [bytesText(500 * 1_024 ** 3), "500 GiB"],
    [bytesText(2 ** 70), "1048576 PiB"],
    [bytesText(-1), "0 B"],
    [percent(0.125), "13 %"],
    [lasting(59), "0 min"],
    [lasting(3 * 3_600 + 12 * 60), "3 h 12 min"],
    [lasting(86_400), "1 d"],
    [lasting(12 * 86_400 + 4 * 3_600), "12 d 4 h"],
    [milliseconds(850.4), "850 ms"],
    [milliseconds(2_440), "2.4 s"],
    [milliseconds(180_000), "3 min"],
  ])("%s is written %s", (text, expected) => {
    expect(text).toBe(expected);
  });

  test("a success rate is written 100 only when nothing failed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.nat(100_000), (runs, failed) => {
        const rate = (runs - Math.min(failed, runs)) / runs;
        expect(ratePercent(rate).value === "100").toBe(failed === 0);
      }),
    );
  });
});
