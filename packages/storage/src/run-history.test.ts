import { ManualClock } from "@berth/base";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../test/temporary-folder.ts";
import type { Run } from "./run.ts";
import { type Storage, openStorage } from "./storage.ts";

const DAY_MS = 86_400_000;

function openMemory(path = ":memory:"): Storage {
  return openStorage({ path, clock: new ManualClock() });
}

function runAt(startedAt: number, more: Partial<Run> = {}): Run {
  return {
    job: "weather_home",
    type: "source/weather",
    startedAt,
    completedAt: startedAt + 250,
    durationMs: 249.5,
    outcome: "success",
    dataPoints: 4,
    attempts: 1,
    trigger: "cron",
    ...more,
  };
}

describe("RunHistory", () => {
  test("keeps every field of a run over a restart [SIG-186]", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    const run = runAt(1_000, {
      outcome: "failed",
      error: "no route",
      errorCode: "PLUGIN_FAILED",
      attempts: 3,
      slot: 960,
    });
    {
      using storage = openMemory(path);
      await storage.runs.record(run);
    }
    using storage = openMemory(path);
    expect(storage.runs.latest("weather_home")).toEqual(run);
  });

  test("leaves absent fields absent", async () => {
    using storage = openMemory();
    await storage.runs.record(runAt(1_000));
    expect(storage.runs.list({ limit: 10 })).toStrictEqual([runAt(1_000)]);
  });

  test("keeps at most 4,000 characters of an error", async () => {
    using storage = openMemory();
    await storage.runs.record(runAt(1_000, { outcome: "failed", error: "x".repeat(1_000_000) }));
    expect(storage.runs.latest("weather_home")?.error).toBe(`${"x".repeat(3_999)}…`);
  });

  test("answers the latest run by its begin, and none of a job that never ran", async () => {
    using storage = openMemory();
    await Promise.all([storage.runs.record(runAt(2_000)), storage.runs.record(runAt(1_000))]);
    expect(storage.runs.latest("weather_home")?.startedAt).toBe(2_000);
    expect(storage.runs.latest("stock")).toBeUndefined();
  });

  test("lists newest first, by job, time and number", async () => {
    using storage = openMemory();
    for (const startedAt of [1_000, 2_000, 3_000]) await storage.runs.record(runAt(startedAt));
    await storage.runs.record(runAt(2_500, { job: "stock" }));
    const begins = (query: Parameters<Storage["runs"]["list"]>[0]): number[] =>
      storage.runs.list(query).map((run) => run.startedAt);
    expect([
      begins({ limit: 10 }),
      begins({ limit: 2 }),
      begins({ limit: -1 }),
      begins({ limit: 10, since: 2_000 }),
      begins({ limit: 10, job: "weather_home", since: 2_000 }),
      begins({ limit: 10, job: "stock" }),
      begins({ limit: 10, since: Infinity }),
    ]).toEqual([[3_000, 2_500, 2_000, 1_000], [3_000, 2_500], [], [3_000, 2_500, 2_000], [3_000, 2_000], [2_500], []]);
  });

  test("refuses a run that makes no sense", async () => {
    using storage = openMemory();
    const wrong = [runAt(1, { outcome: "fine" as "success" }), runAt(Number.NaN), runAt(1, { dataPoints: -1 })];
    for (const run of wrong) {
      await expect(storage.runs.record(run)).rejects.toMatchObject({ code: "STORAGE_FAILED" });
    }
    expect(storage.runs.list({ limit: 10 })).toEqual([]);
  });

  test("hasSlot knows a recorded slot over a restart, of that job only", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    {
      using storage = openMemory(path);
      await storage.runs.record(runAt(60_012, { slot: 60_000 }));
    }
    using storage = openMemory(path);
    const slots = [storage.runs.hasSlot("weather_home", 60_000), storage.runs.hasSlot("weather_home", 120_000)];
    expect([...slots, storage.runs.hasSlot("stock", 60_000)]).toEqual([true, false, false]);
  });

  test("claimSlot gives a slot to one of several hosts, once", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    using left = openMemory(path);
    using right = openMemory(path);
    const hosts = [left, right, left, right];
    const claims = await Promise.all(hosts.map((storage) => storage.runs.claimSlot("weather_home", 60_000)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(right.runs.hasSlot("weather_home", 60_000)).toBe(true);
    await left.runs.record(runAt(60_012, { slot: 60_000 }));
    expect(await left.runs.claimSlot("weather_home", 60_000)).toBe(false);
  });

  test("prune forgets earlier runs and slots, in steps, and says how many", async () => {
    using storage = openMemory();
    const early = Array.from({ length: 5_001 }, (_, index) => runAt(index, { slot: index }));
    await Promise.all([...early, runAt(DAY_MS, { slot: DAY_MS })].map((run) => storage.runs.record(run)));
    expect(await storage.runs.prune(DAY_MS)).toBe(5_001);
    expect(storage.runs.list({ limit: 10 })).toEqual([runAt(DAY_MS, { slot: DAY_MS })]);
    expect([storage.runs.hasSlot("weather_home", 0), storage.runs.hasSlot("weather_home", DAY_MS)]).toEqual([
      false,
      true,
    ]);
    expect(await storage.runs.prune(DAY_MS)).toBe(0);
  });
});
