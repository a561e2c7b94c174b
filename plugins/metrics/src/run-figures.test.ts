import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { RunFigures } from "./run-figures.ts";

const PROMTOOL = "/usr/bin/promtool";

function figuresOf(durationsMs: readonly number[]): RunFigures {
  const figures = new RunFigures();
  for (const [at, durationMs] of durationsMs.entries()) {
    figures.note({ id: "j", startedAt: at * 1_500, durationMs, success: at % 2 === 0, result: null });
  }
  return figures;
}

test("RunFigures counts each run in every bucket it fits, and once [RPT-6, RPT-100]", () => {
  const text = figuresOf([0.5, 5, 50, 500, 5_000, 50_000, 200_000, 500_000]).text();
  const buckets = [...text.matchAll(/_bucket\{le="(.*)"\} (\d+)$/gm)].map(([, end, count]) => [end, Number(count)]);
  expect(buckets).toEqual([
    ["0.001", 1],
    ["0.01", 2],
    ["0.1", 3],
    ["1", 4],
    ["10", 5],
    ["60", 6],
    ["300", 7],
    ["+Inf", 8],
  ]);
  expect(text).toContain('rpr_executions_total{status="success"} 4\n');
  expect(text).toContain("rpr_execution_duration_seconds_count 8\n");
  expect(text).toContain("rpr_execution_duration_seconds_sum 755.5555\n");
  expect(text).toContain("rpr_scheduler_interval_seconds 1.5\n");
});

test("RunFigures writes what Prometheus itself takes [RPT-100]", ({ skip }) => {
  if (!existsSync(PROMTOOL)) skip("promtool, of Debian's package prometheus, is not installed");
  const input = figuresOf([1, 2]).text();
  expect(execFileSync(PROMTOOL, ["check", "metrics"], { input, encoding: "utf8" })).toBe("");
});
