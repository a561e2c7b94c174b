import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "./duration.ts";

describe("parseDuration", () => {
  test.each([
    ["0", 0],
    ["1h30m", 5_400_000],
    ["1.5s", 1_500],
    [".5s", 500],
    ["1.s", 1_000],
    ["100us", 0.1],
    ["100µs", 0.1],
    ["250ns", 0.00025],
    ["1d", 86_400_000],
    ["1d12h", 129_600_000],
    ["2w1d", 1_296_000_000],
  ])("reads %s as Go does, and days and weeks [RPT-2]", (text, ms) => {
    expect(parseDuration(text)).toBeCloseTo(ms, 9);
  });

  test.each(["", "5", "1 s", "s", "1x", "-1s", "1h30", "1hh", "١s", "1e3s"])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe("formatDuration", () => {
  test.each([
    [0, "0ms"],
    [1.2345, "1.23ms"],
    [999, "999ms"],
    [1_500, "1.5s"],
    [90_000, "1m30s"],
    [93_600_000, "1d2h"],
  ])("writes %d ms as %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
