import { describe, expect, test } from "vitest";
import { type Load, LoadInterval } from "./load-interval.ts";

const targets = { cpuPercent: 70, memoryPercent: 80, load1: 1 };

async function intervalFor(load: Load): Promise<number> {
  const schedule = new LoadInterval({ baseMs: 1_000, targets, look: async () => load });
  expect(await schedule.next(undefined)).toEqual({ delayMs: 0 });
  return Math.round((await schedule.next({})).delayMs);
}

describe("LoadInterval [RPT-103]", () => {
  test.each([
    ["the processors", { cpuPercent: 35, memoryPercent: 8, load1: 0.1 }, 500],
    ["memory", { cpuPercent: 7, memoryPercent: 60, load1: 0.1 }, 750],
    ["the load average", { cpuPercent: 7, memoryPercent: 8, load1: 3 }, 3_000],
    ["the load average, at most ten times the base", { cpuPercent: 7, memoryPercent: 8, load1: 40 }, 10_000],
    ["nothing, and is a tenth of the base", { cpuPercent: 1, memoryPercent: 1, load1: 0 }, 100],
    ["what is known", { memoryPercent: 40 }, 500],
  ])("goes by %s", async (_name, load, expected) => {
    expect(await intervalFor(load)).toBe(expected);
  });
});
