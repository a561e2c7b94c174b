import { ManualClock } from "@berth/base";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JobSummary } from "./run-summary.ts";
import type { Run } from "./run.ts";
import { openStorage } from "./storage.ts";

const anyRun: fc.Arbitrary<Run> = fc.record({
  job: fc.constantFrom("stock", "weather"),
  type: fc.constant("source/x"),
  startedAt: fc.nat(1_000),
  completedAt: fc.nat(1_000),
  durationMs: fc.double({ min: 0, max: 60_000, noNaN: true }),
  outcome: fc.constantFrom("success", "failed", "skipped", "cached"),
  dataPoints: fc.constant(1),
  attempts: fc.constant(1),
  trigger: fc.constant("cron"),
});

function percentile(sorted: readonly number[], percent: number): number | undefined {
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1];
}

/** The same, said plainly. */
function expectedSummary(job: string, runs: readonly Run[]): JobSummary {
  const count = (outcome: Run["outcome"]): number => runs.filter((run) => run.outcome === outcome).length;
  const counted = runs.filter((run) => run.outcome !== "skipped");
  const durations = counted.map((run) => run.durationMs).sort((a, b) => a - b);
  return {
    job,
    runs: runs.length,
    success: count("success"),
    failed: count("failed"),
    skipped: count("skipped"),
    cached: count("cached"),
    successRate: counted.length === 0 ? undefined : count("success") / counted.length,
    p50Ms: percentile(durations, 50),
    p95Ms: percentile(durations, 95),
    p99Ms: percentile(durations, 99),
  };
}

describe("RunHistory.summary", () => {
  test("counts and ranks as a plain reading of the runs does", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRun, { maxLength: 250 }), fc.nat(1_000), async (runs, since) => {
        using storage = openStorage({ path: ":memory:", clock: new ManualClock() });
        await Promise.all(runs.map((run) => storage.runs.record(run)));
        const recent = Map.groupBy(
          runs.filter((run) => run.startedAt >= since),
          (run) => run.job,
        );
        const expected = ["stock", "weather"].filter((job) => recent.has(job));
        expect(storage.runs.summary({ since })).toEqual(expected.map((job) => expectedSummary(job, recent.get(job)!)));
      }),
      { numRuns: 60 },
    );
  });

  test("has no rate and no duration for a job that was only ever skipped", async () => {
    using storage = openStorage({ path: ":memory:", clock: new ManualClock() });
    const run = { job: "a", type: "t", startedAt: 1, completedAt: 2, durationMs: 5, dataPoints: 0, attempts: 1 };
    await storage.runs.record({ ...run, outcome: "skipped", trigger: "cron" });
    expect(storage.runs.summary({ since: 0 })).toEqual([
      expect.objectContaining({ runs: 1, skipped: 1, successRate: undefined, p50Ms: undefined, p99Ms: undefined }),
    ]);
  });
});
