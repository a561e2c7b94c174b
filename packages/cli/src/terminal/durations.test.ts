import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration } from "./durations.ts";

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];

test.each([
  [-5, "0 ms"],
  [0, "0 ms"],
  [0.4, "0 ms"],
  [340, "340 ms"],
  [999.4, "999 ms"],
  [999.6, "1.0 s"],
  [SECOND, "1.0 s"],
  [2_449, "2.4 s"],
  [9_949, "9.9 s"],
  [9_950, "10 s"],
  [119_499, "119 s"],
  [119_500, "2 min"],
  [90 * MINUTE, "90 min"],
  [119.6 * MINUTE, "2 h"],
  [5 * HOUR, "5 h"],
  [47.4 * HOUR, "47 h"],
  [47.6 * HOUR, "2 d"],
  [400 * DAY, "400 d"],
])("formatDuration of %d ms is %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test("formatDuration is short, and a longer time never reads as a shorter one", () => {
  const units = { ms: 1, s: SECOND, min: MINUTE, h: HOUR, d: DAY };
  const read = (text: string): number => {
    const [number, unit] = text.split(" ") as [string, keyof typeof units];
    return Number(number) * units[unit];
  };
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 900 * DAY, noNaN: true }),
      fc.double({ min: 0, max: 900 * DAY, noNaN: true }),
      (a, b) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        expect(formatDuration(more).length).toBeLessThanOrEqual(7);
        expect(read(formatDuration(less))).toBeLessThanOrEqual(read(formatDuration(more)));
        expect(Math.abs(read(formatDuration(more)) - more)).toBeLessThanOrEqual(Math.max(0.5, more * 0.26));
      },
    ),
  );
});
