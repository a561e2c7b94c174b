import { describe, expect, test } from "vitest";
import { ageText, footerText, staleText } from "./footer-text.ts";

const now = Date.parse("2026-10-09T12:05:00Z");
const at = (
  observedAt: string | undefined,
  locale = "en-GB",
  timeZone = "Europe/Oslo",
): Parameters<typeof footerText>[0] => ({
  now,
  observedAt,
  locale,
  timeZone,
});

describe("footerText", () => {
  test.each([
    ["the time alone when the data is fresh", "2026-10-09T12:04:10Z", "Updated 14:05"],
    ["the time alone when the data has no time", undefined, "Updated 14:05"],
    ["the time alone when the data's time is no time", "yesterday", "Updated 14:05"],
    ["when the data is from", "2026-10-09T11:58:00Z", "Updated 14:05 · data of 13:58"],
    ["the weekday of another day", "2026-10-07T21:58:00Z", "Updated 14:05 · data of Wed 23:58"],
    ["the date of another week", "2026-09-20T08:00:00Z", "Updated 14:05 · data of 20 Sept, 10:00"],
  ])("says %s", (_, observedAt, expected) => {
    expect(footerText(at(observedAt))).toBe(expected);
  });

  test("follows locale and zone", () => {
    const text = footerText(at("2026-10-09T11:00:00Z", "en-US", "America/Los_Angeles"));
    expect(text.replaceAll("\u202f", " ")).toBe("Updated 05:05 AM · data of 04:00 AM");
  });

  test("falls back to UTC for a zone nobody knows", () => {
    expect(footerText(at(undefined, "xx-nonsense", "Mars/Olympus"))).toBe("Updated 12:05");
  });
});

describe("staleText", () => {
  test("says when the data is from and how old it is", () => {
    expect(staleText(at("2026-10-09T11:58:00Z"))).toBe("Data of 13:58, 7 min old");
    expect(staleText(at(undefined))).toBe("No fresh data");
  });
});

describe("ageText", () => {
  test.each([
    [-5_000, "0 s"],
    [40_000, "40 s"],
    [7 * 60_000, "7 min"],
    [3 * 3_600_000, "3 h"],
    [50 * 3_600_000, "2 days"],
  ])("names %d ms as %s", (age, expected) => {
    expect(ageText(age)).toBe(expected);
  });
});
