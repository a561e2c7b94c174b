import { join } from "node:path";
import type { JsonValue } from "@berth/sdk";
import { openTestSource } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { bandOf } from "./run-history.ts";

const FOLDER = join(import.meta.dirname, "..");
const NOW = Date.UTC(2026, 3, 1, 12, 0);
const HOUR = 3_600_000;

const job = (name: string, runs: number, failed: number, more: Record<string, JsonValue> = {}): JsonValue => ({
  job: name,
  type: `source/${name}`,
  runs,
  succeeded: runs - failed,
  failed,
  skipped: 0,
  cached: 0,
  successRate: runs === 0 ? null : (runs - failed) / runs,
  p50Ms: 120,
  p95Ms: 2_400,
  lastOutcome: failed > 0 ? "failed" : "success",
  lastError: failed > 0 ? "OpenWeatherMap\nfailed (500)" : null,
  lastRunAt: NOW - HOUR,
  ...more,
});
const buckets = [
  { at: NOW - 2 * HOUR, succeeded: 4, failed: 0 },
  { at: NOW - HOUR, succeeded: 3, failed: 1 },
];

const asked: JsonValue[] = [];
const open = (jobs: JsonValue[], config: Record<string, unknown> = {}) =>
  openTestSource({
    folder: FOLDER,
    source: "run-history",
    now: () => NOW,
    config: { time_zone: "UTC", ...config },
    services: {
      runs: {
        summary: (input) => {
          asked.push(input);
          return { jobs, buckets };
        },
      },
    },
  });

describe("bandOf", () => {
  test.each([
    [1, "HEALTHY", "ok"],
    [0.95, "HEALTHY", "ok"],
    [0.9499, "DEGRADED", "warn"],
    [0.8, "DEGRADED", "warn"],
    [0.7999, "DOWN", "bad"],
    [0, "DOWN", "bad"],
    [undefined, "WAITING", "unknown"],
  ])("calls %d %s [SIG-138]", (rate, text, level) => {
    expect(bandOf(rate)).toEqual({ text, level });
  });
});

describe("run-history", () => {
  test("shows the rate over all sources, those that ail first", async () => {
    await using source = await open([job("stock", 40, 0), job("weather", 10, 4)]);
    const content = await source.fetch();
    expect(asked.at(-1)).toEqual({ sinceMs: 24 * HOUR });
    expect(content).toMatchObject({
      title: "Runs",
      subtitle: "2 sources, the last 24 h",
      headline: { value: "92.0", unit: "%", caption: "of 50 runs in the last 24 h" },
      status: { level: "warn", text: "DEGRADED" },
      layout: "modern_system",
    });
    expect(content?.tables?.[0]?.rows).toEqual([
      ["weather", "60.0 %", "10", "11:00", "DOWN", "120 ms", "OpenWeatherMap failed (500)"],
      ["stock", "100 %", "40", "11:00", "HEALTHY", "120 ms", ""],
    ]);
    expect(content?.series).toEqual([
      {
        label: "Succeeded",
        kind: "bar",
        points: [
          { at: "10:00", value: 4, status: "ok" },
          { at: "11:00", value: 3, status: "ok" },
        ],
      },
      {
        label: "Failed",
        kind: "bar",
        points: [
          { at: "10:00", value: 0, status: "bad" },
          { at: "11:00", value: 1, status: "bad" },
        ],
      },
    ]);
    expect(content?.lines).toEqual([
      "DEGRADED",
      "92.0 % of 50 runs in the last 24 h succeeded",
      "weather: DOWN, 60.0 % of 10",
      "stock: HEALTHY, 100 % of 40",
    ]);
    expect(content?.stats).toContainEqual({ label: "Slowest, stock", icon: "timer", value: "2.4 s", unit: "p95" });
  });

  test("waits without alarm as long as nothing has run", async () => {
    await using source = await open([]);
    expect(await source.fetch()).toMatchObject({
      subtitle: "Waiting for the first run",
      headline: { value: "–", caption: "No runs in the last 24 h" },
      status: { level: "unknown", text: "WAITING" },
      lines: ["Waiting for the first run", "No runs in the last 24 h"],
      series: [],
      tables: [],
    });
  });

  test("leaves skipped runs out of the judgement, and counts cached ones as failed first", async () => {
    const skipped = job("quiet", 10, 0, { succeeded: 0, skipped: 10, successRate: null });
    const cached = job("stale", 10, 0, { succeeded: 9, cached: 1, successRate: 0.9 });
    await using source = await open([skipped, cached]);
    const content = await source.fetch();
    expect(content).toMatchObject({ headline: { value: "90.0" }, status: { text: "DEGRADED" } });
    expect(content?.stats).toContainEqual({ label: "From cache", icon: "archive", value: "1", status: "warn" });
    expect(content?.tables?.[0]?.rows.map((row) => [row[0], row[4]])).toEqual([
      ["stale", "DEGRADED"],
      ["quiet", "WAITING"],
    ]);
  });

  test("judges only the sources it is asked to", async () => {
    await using source = await open([job("stock", 40, 0), job("weather", 10, 9)], { jobs: ["stock"], period: "7d" });
    expect(await source.fetch()).toMatchObject({ headline: { value: "100" }, status: { text: "HEALTHY" }, series: [] });
    expect(asked.at(-1)).toEqual({ sinceMs: 7 * 24 * HOUR });
  });

  test("stands an answer that is not what it should be", async () => {
    await using source = await open([null, 5, { job: 3, runs: "many", successRate: "high" }]);
    expect(await source.fetch()).toMatchObject({ status: { text: "WAITING" } });
  });
});
