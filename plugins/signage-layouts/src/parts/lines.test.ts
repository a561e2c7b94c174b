import type { Frame } from "@berth/sdk";
import { describe, expect, test } from "vitest";
import { themeOf } from "../draw/theme.ts";
import { planLines } from "./lines.ts";

const frame: Frame = {
  width: 1920,
  height: 1080,
  safeX: 96,
  safeY: 54,
  unit: 1,
  photo: false,
  footer: "",
  stale: "",
  locale: "en-GB",
  timeZone: "UTC",
};
const theme = themeOf({ title: "", lines: [] }, frame);
const area = { x: 0, y: 0, width: 1_000, height: 500 };
const lines = (count: number, text = "A line"): string[] => Array.from({ length: count }, () => text);

describe("planLines", () => {
  test("sets few lines large and more lines smaller", () => {
    const sizes = [2, 6, 8].map((count) => planLines(theme, area, lines(count)).size);
    expect(sizes).toEqual([64, 48, 37]);
  });

  test("breaks long lines where that keeps them readable", () => {
    const plan = planLines(
      theme,
      area,
      lines(3, "A sentence that is a good deal too long to be set on one line of this area"),
    );
    expect(plan.size).toBe(48);
    expect(plan.columns.flat().map(({ rows }) => rows)).toEqual([2, 2, 2]);
  });

  test("uses two columns and counts what is left out", () => {
    const plan = planLines(theme, area, lines(60));
    expect(plan.columns).toHaveLength(2);
    expect(plan.columns.flat().at(-1)?.line).toMatch(/^and \d+ more$/);
    expect(plan.height).toBeLessThanOrEqual(area.height);
  });

  test("leaves blank lines out", () => {
    expect(
      planLines(theme, area, ["a", "  ", "b"])
        .columns.flat()
        .map(({ line }) => line),
    ).toEqual(["a", "b"]);
  });
});
