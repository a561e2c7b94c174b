import { ManualClock } from "@berth/base";
import { expect, test } from "vitest";
import { openStorage } from "./storage.ts";
import type { RunOutcome } from "./run.ts";

test("RunHistory.histogram counts runs by the part of time they began in, and leaves skipped ones out", async () => {
  await using storage = openStorage({ path: ":memory:", clock: new ManualClock() });
  const record = (startedAt: number, outcome: RunOutcome) =>
    storage.runs.record({
      job: "home",
      type: "source/weather",
      startedAt,
      completedAt: startedAt + 1,
      durationMs: 1,
      outcome,
      dataPoints: 0,
      attempts: 1,
      trigger: "cron",
    });
  await record(999, "success"); // before
  await record(1_000, "success");
  await record(1_249, "failed");
  await record(1_250, "cached");
  await record(1_300, "skipped");
  await record(1_999, "success");
  await record(2_000, "success"); // after
  expect(storage.runs.histogram({ since: 1_000, until: 2_000, buckets: 4 })).toEqual([
    { at: 1_000, succeeded: 1, failed: 1 },
    { at: 1_250, succeeded: 0, failed: 1 },
    { at: 1_500, succeeded: 0, failed: 0 },
    { at: 1_750, succeeded: 1, failed: 0 },
  ]);
});

test("RunHistory.histogram of an empty history is all zero, whatever is asked", () => {
  using storage = openStorage({ path: ":memory:", clock: new ManualClock() });
  expect(storage.runs.histogram({ since: 5, until: 5, buckets: 0 })).toEqual([{ at: 5, succeeded: 0, failed: 0 }]);
});
