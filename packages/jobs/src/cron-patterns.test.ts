import { describe, expect, test } from "vitest";
import { CronPatterns } from "./cron-patterns.ts";

describe("CronPatterns", () => {
  test("parses one expression once for each zone", () => {
    const patterns = new CronPatterns();
    const berlin = patterns.get("0 9 * * *", { zone: "Europe/Berlin" });
    expect(patterns.get("0 9 * * *", { zone: "Europe/Berlin" })).toBe(berlin);
    expect(patterns.get("0 9 * * *", { zone: "UTC" })).not.toBe(berlin);
    expect(patterns.get("0 0 9 * * *", { zone: "UTC", seconds: true }).zone).toBe("UTC");
    expect(patterns.size).toBe(3);
  });

  test("forgets the one that was not asked for the longest", () => {
    const patterns = new CronPatterns(2);
    const first = patterns.get("1 * * * *");
    const second = patterns.get("2 * * * *");
    expect(patterns.get("1 * * * *")).toBe(first);
    patterns.get("3 * * * *");
    expect(patterns.size).toBe(2);
    expect(patterns.get("1 * * * *")).toBe(first);
    expect(patterns.get("2 * * * *")).not.toBe(second);
  });

  test("keeps nothing of an expression that is none", () => {
    const patterns = new CronPatterns();
    expect(() => patterns.get("never")).toThrow('Cannot use the schedule "never"');
    expect(patterns.size).toBe(0);
  });
});
