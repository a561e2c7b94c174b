import { Failpoints, ManualClock } from "@berth/base";
import type { LogEntry } from "@berth/contract";
import { execFile } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { bundleScript } from "../test/killed-process.ts";
import { mountSmallDisk } from "../test/small-disk.ts";
import { temporaryFolder } from "../test/temporary-folder.ts";
import { openMetricsLog } from "./metrics-log.ts";
import { readMetrics } from "./read-metrics.ts";
import type { Run } from "./run.ts";

const run = promisify(execFile);
const NOON = Date.UTC(2026, 10, 21, 12);
const DAY_MS = 86_400_000;

const RUN: Run = {
  job: "weather_home",
  type: "weather",
  startedAt: NOON,
  completedAt: NOON + 1_500,
  durationMs: 1_500,
  outcome: "success",
  dataPoints: 4,
  attempts: 2,
  trigger: "cron",
};

function linesOf(folder: string, day: string): unknown[] {
  const text = readFileSync(join(folder, `metrics-${day}.jsonl`), "utf8");
  expect(text.endsWith("\n")).toBe(true);
  return text
    .slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

describe("MetricsLog", () => {
  test("appends one JSON line a run, with the fields of SourceMetrics [SIG-102] [SIG-103] [SIG-185]", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "made", "on", "the", "way");
    using log = openMetricsLog({ folder: path, clock: new ManualClock(NOON) });
    log.append(RUN);
    log.append({ ...RUN, outcome: "failed", error: "no route\nto host", errorCode: "PLUGIN_FAILED", dataPoints: 0 });
    const first = {
      source_id: "weather_home",
      source_type: "weather",
      started_at: "2026-11-21T12:00:00.000Z",
      completed_at: "2026-11-21T12:00:01.500Z",
      success: true,
      error: null,
      duration_seconds: 1.5,
      data_points: 4,
      outcome: "success",
      attempts: 2,
    };
    const second = { ...first, success: false, error: "no route\nto host", data_points: 0, outcome: "failed" };
    expect(linesOf(path, "2026-11-21")).toEqual([first, second]);
  });

  test("adds to what an earlier process wrote, and is read back [SIG-103] [SIG-113]", async () => {
    using folder = temporaryFolder();
    const options = { folder: folder.path, clock: new ManualClock(NOON) };
    for (const job of ["first", "second"]) {
      await using log = openMetricsLog(options);
      log.append({ ...RUN, job });
    }
    const read = await Array.fromAsync(readMetrics({ folder: folder.path }));
    expect(read.map((metrics) => metrics.source_id)).toEqual(["first", "second"]);
  });

  test("begins a new file when the UTC day changes, also back", async () => {
    using folder = temporaryFolder();
    const clock = new ManualClock(NOON);
    using log = openMetricsLog({ folder: folder.path, clock });
    log.append({ ...RUN, job: "a" });
    await clock.advance(DAY_MS / 2 - 1);
    log.append({ ...RUN, job: "b" });
    await clock.advance(1);
    log.append({ ...RUN, job: "c" });
    clock.setWallClock(NOON);
    log.append({ ...RUN, job: "d" });
    const jobs = (day: string): unknown[] =>
      linesOf(folder.path, day).map((line) => (line as { source_id: string }).source_id);
    expect([jobs("2026-11-21"), jobs("2026-11-22")]).toEqual([["a", "b", "d"], ["c"]]);
  });

  test("keeps 7 days: removes at open and at the change of day what is wholly older [SIG-104]", async () => {
    using folder = temporaryFolder();
    for (let day = 5; day <= 20; day++) {
      writeFileSync(join(folder.path, `metrics-2026-11-${String(day).padStart(2, "0")}.jsonl`), "");
    }
    const foreign = ["metrics-2026-01-01.jsonl.gz", "metrics-2026-99-01.jsonl", "notes.txt"];
    for (const name of foreign) writeFileSync(join(folder.path, name), "");
    const clock = new ManualClock(NOON);
    using log = openMetricsLog({ folder: folder.path, clock });
    const days = (): string[] =>
      readdirSync(folder.path).flatMap((name) => /^metrics-2026-11-(\d\d)/.exec(name)?.[1] ?? []);
    // At noon of the 21st the afternoon of the 14th is younger than 7 days.
    expect(days()).toEqual(["14", "15", "16", "17", "18", "19", "20", "21"]);
    await clock.advance(DAY_MS);
    log.append(RUN);
    expect(days()).toEqual(["15", "16", "17", "18", "19", "20", "21", "22"]);
    for (const name of foreign) expect(existsSync(join(folder.path, name))).toBe(true);
  });

  test("logs an old file that cannot be removed, and goes on", () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, "metrics-2026-01-01.jsonl"));
    const logged: LogEntry[] = [];
    using log = openMetricsLog({
      folder: folder.path,
      clock: new ManualClock(NOON),
      keepDays: 1,
      log: (entry) => logged.push(entry),
    });
    log.append(RUN);
    expect(logged).toEqual([
      { level: "warn", message: expect.stringMatching(/^Cannot remove old metrics: /) as string },
    ]);
    expect(linesOf(folder.path, "2026-11-21")).toHaveLength(1);
  });

  test("heals at open the line a crash tore: only that line is lost [SIG-103]", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "metrics-2026-11-21.jsonl");
    const options = { folder: folder.path, clock: new ManualClock(NOON) };
    {
      using log = openMetricsLog(options);
      log.append({ ...RUN, job: "before" });
    }
    appendFileSync(path, '{"source_id":"torn","source_ty');
    {
      using log = openMetricsLog(options);
      log.append({ ...RUN, job: "after" });
    }
    expect(readFileSync(path, "utf8").split("\n")[1]).toBe('{"source_id":"torn","source_ty');
    const read = await Array.fromAsync(readMetrics(options));
    expect(read.map((metrics) => metrics.source_id)).toEqual(["before", "after"]);
  });

  test("goes on in a new file when somebody removed this one", () => {
    using folder = temporaryFolder();
    using log = openMetricsLog({ folder: folder.path, clock: new ManualClock(NOON) });
    log.append(RUN);
    rmSync(join(folder.path, "metrics-2026-11-21.jsonl"));
    log.append({ ...RUN, job: "later" });
    expect(linesOf(folder.path, "2026-11-21")).toEqual([expect.objectContaining({ source_id: "later" })]);
  });

  test("never mixes the lines of four processes [SIG-103]", async () => {
    using folder = temporaryFolder();
    const script = await bundleScript("metrics-writer", folder.path);
    const metrics = join(folder.path, "metrics");
    const jobs = ["a", "b", "c", "d"];
    await Promise.all(jobs.map((job) => run(process.execPath, [script, metrics, job, "1", "500"])));
    const read = await Array.fromAsync(readMetrics({ folder: metrics, log: (entry) => expect.fail(entry.message) }));
    const numbers = Map.groupBy(read, (line) => line.source_id);
    const all = Array.from({ length: 500 }, (_, index) => index + 1);
    for (const job of jobs) expect(numbers.get(job)?.map((line) => line.data_points)).toEqual(all);
  });

  test("fails clearly at metrics.append, writes nothing then, and refuses to append once closed", () => {
    using folder = temporaryFolder();
    const failpoints = new Failpoints();
    const log = openMetricsLog({ folder: folder.path, clock: new ManualClock(NOON), failpoints });
    const armed = failpoints.arm("metrics.append", () => {
      throw new Error("held by the test");
    });
    expect(() => log.append(RUN)).toThrow(/^Cannot append metrics: held by the test/);
    armed[Symbol.dispose]();
    log.append(RUN);
    expect(linesOf(folder.path, "2026-11-21")).toHaveLength(1);
    log[Symbol.dispose]();
    log[Symbol.dispose]();
    expect(() => log.append(RUN)).toThrow("Cannot append metrics: the log is closed");
  });

  test("refuses a folder that is a file", () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "file");
    writeFileSync(file, "");
    expect(() => openMetricsLog({ folder: file, clock: new ManualClock(NOON) })).toThrow(
      expect.objectContaining({
        code: "STORAGE_FAILED",
        message: expect.stringMatching(/^Cannot open the metrics log: /) as string,
      }),
    );
  });

  test("names a full disk, and keeps the half line it left apart from the next one", async () => {
    using folder = temporaryFolder();
    const disk = mountSmallDisk(folder.path);
    if (!("folder" in disk)) {
      console.log(`full disk by a failpoint, for no file system can be mounted here: ${disk.reason}`);
      const failpoints = new Failpoints();
      failpoints.arm("metrics.append", () => {
        throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
      });
      using log = openMetricsLog({ folder: folder.path, clock: new ManualClock(NOON), failpoints });
      expect(() => log.append(RUN)).toThrow(/^Cannot append metrics: the disk that holds .* is full; free some space$/);
      return;
    }
    using mounted = disk;
    using log = openMetricsLog({ folder: mounted.folder, clock: new ManualClock(NOON) });
    let appended = 0;
    const fill = (): void => {
      for (; ; appended++) log.append({ ...RUN, error: "x".repeat(3_500) });
    };
    expect(fill).toThrow(/^Cannot append metrics: the disk that holds .* is full; free some space$/);
    expect(fill).toThrow(/is full/);
    mounted.freeSomeSpace();
    log.append({ ...RUN, job: "after" });
    const read = await Array.fromAsync(readMetrics({ folder: mounted.folder }));
    expect(read).toHaveLength(appended + 1);
    expect(read.at(-1)?.source_id).toBe("after");
  });
});
