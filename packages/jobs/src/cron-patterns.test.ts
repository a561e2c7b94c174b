import { describe, expect, test } from "vitest";
import { CronPatterns } from "./cron-patterns.ts";

describe("CronPatterns", () => {
  test("parses one expression once for each zone", () => {
    const patterns = new CronPatterns();
    const berlin = patterns.get("0 9 * * *", { zone: "Europe/Berlin" });
    expect(patterns.get("0 9 * * *", { zone: "Europe/Berlin" })).toBe(berlin);
    expect(patterns.get("0 9 * * *", { zone: "UTC" })).not.toBe(berlin);
    expect(patterns.get("0 0 9 * * *", { zone: "UTC", seconds: true }).zone).toBe("UTC");
  });

  test("keeps the parsed form of those asked last, and answers for the others as well", () => {
    const patterns = new CronPatterns(2);
    const all = Array.from({ length: 60 }, (_, minute) => patterns.get(`${minute} 9 * * *`, { zone: "Asia/Kolkata" }));
    const nine = Date.UTC(2026, 0, 1, 3, 30);
    for (const after of [nine - 1, nine - 1, nine + 86_400_000 - 1]) {
      expect(all.map((pattern) => pattern.next(after)! - after - 1)).toEqual(all.map((_, minute) => minute * 60_000));
      expect(patterns.parsed).toBe(2);
    }
    expect(patterns.get("0 9 * * *", { zone: "Asia/Kolkata" })).toBe(all[0]);
  });

  test("holds a thousand patterns, and forgets those not asked for the longest", () => {
    const patterns = new CronPatterns();
    const [forgotten, kept] = [patterns.get("0 0 1 * *"), patterns.get("0 0 2 * *")];
    for (let i = 0; i < 1_000; i++) {
      patterns.get(`${i % 60} ${Math.floor(i / 60)} * * *`, { zone: "UTC" });
      patterns.get("0 0 2 * *");
    }
    expect(patterns.get("0 0 2 * *")).toBe(kept);
    expect(patterns.get("0 0 1 * *")).not.toBe(forgotten);
  });

  test("keeps nothing of an expression that is none", () => {
    const patterns = new CronPatterns();
    expect(() => patterns.get("never")).toThrow('Cannot use the schedule "never"');
    expect(patterns.parsed).toBe(0);
  });
});
