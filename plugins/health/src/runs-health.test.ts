import { expect, test } from "vitest";
import { RunsHealth } from "./runs-health.ts";

test("RunsHealth is ready after a run, unhealthy after so many failures in a row, and well again after a success [RPT-5, RPT-99]", () => {
  let nowMs = 0;
  const health = new RunsHealth({ now: () => nowMs, failures: 2 });
  const statuses = (): (number | undefined)[] =>
    ["/live", "/ready", "/health"].map((path) => health.page(path)?.status);
  const run = (success: boolean): void =>
    health.note({ id: "j", startedAt: nowMs, durationMs: 1, success, result: null });
  expect(statuses()).toEqual([200, 503, 200]);
  run(false);
  expect(statuses()).toEqual([200, 200, 200]);
  run(false);
  expect(statuses()).toEqual([200, 200, 503]);
  nowMs = 61_000;
  run(true);
  expect(statuses()).toEqual([200, 200, 200]);
  expect(JSON.parse(health.page("/health")!.body)).toEqual({
    status: "healthy",
    uptimeSeconds: 61,
    runs: 3,
    succeeded: 1,
    failed: 2,
    failedInRow: 0,
    lastRunAt: "1970-01-01T00:01:01.001Z",
  });
  expect(health.page("/")).toBeUndefined();
});
