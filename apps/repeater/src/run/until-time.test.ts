import { expect, test } from "vitest";
import { parseUntil } from "./until-time.ts";

const NOW = new Date(2026, 4, 10, 12, 0, 0).getTime();

test.each([
  ["18:00", new Date(2026, 4, 10, 18)],
  ["9:30", new Date(2026, 4, 11, 9, 30)],
  ["12:00:00", new Date(2026, 4, 11, 12)],
  ["2026-06-01", new Date(2026, 5, 1)],
  ["2026-06-01T08:00", new Date(2026, 5, 1, 8)],
  ["2026-06-01 08:00:30", new Date(2026, 5, 1, 8, 0, 30)],
  ["2026-06-01T08:00Z", new Date(Date.UTC(2026, 5, 1, 8))],
  ["2026-06-01T08:00:00.250Z", new Date(Date.UTC(2026, 5, 1, 8, 0, 0, 250))],
  ["2026-06-01T08:00:00+02:00", new Date(Date.UTC(2026, 5, 1, 6))],
])("parseUntil reads %s", (text, expected) => {
  expect(parseUntil(text, NOW)).toBe(expected.getTime());
});

test.each(["", "25:00", "12:60", "soon", "2026-13-01", "1/2/2026", "2026-06-01T08"])(
  "parseUntil refuses %j",
  (text) => {
    expect(parseUntil(text, NOW)).toBeUndefined();
  },
);
