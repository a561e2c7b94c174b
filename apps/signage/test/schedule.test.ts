import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failpoints, ManualClock } from "@berth/base";
import { MISBEHAVING } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { GOOD, openRig, passTime, type Rig, type ScriptedFetch, settle, START, until } from "./signage-rig.ts";

const MINUTE_MS = 60_000;
const temporaryFolder = () => mkdtempDisposable(join(tmpdir(), "berth-signage-"));

/** Runs that have ended, by source. */
function finished(rig: Rig): string[] {
  return rig.events.flatMap((event) => (event.kind === "finished" ? [event.run.id] : []));
}

/** Lets the schedule go on by some minutes, each run to its end. */
async function passMinutes(rig: Rig, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    await rig.clock.advance(MINUTE_MS);
    await until(() => rig.signage.sources.every(({ isRunning }) => !isRunning));
  }
}

describe("sources on their schedules", () => {
  test("run at their slots, each in its own rhythm, and say when the next is", async () => {
    const sources = [
      { id: "often", schedule: "*/5 * * * *" },
      { id: "hourly", schedule: "30 * * * *" },
    ];
    await using rig = await openRig({ sources });
    const running = rig.signage.runOnSchedule(rig.request);
    await until(() => finished(rig).length === 2);
    await passMinutes(rig, 31);
    expect(
      finished(rig)
        .slice(2)
        .filter((id) => id === "often"),
    ).toHaveLength(6);
    expect(
      finished(rig)
        .slice(2)
        .filter((id) => id === "hourly"),
    ).toHaveLength(1);
    expect(rig.signage.sources.map(({ nextRunAt }) => nextRunAt)).toEqual([
      START + 35 * MINUTE_MS,
      START + 90 * MINUTE_MS,
    ]);
    expect(rig.host.storage.runs.latest("hourly")).toMatchObject({ trigger: "cron", slot: START + 30 * MINUTE_MS });
    rig.stop.abort();
    await running;
    expect(rig.clock.pendingTimers).toBe(0);
  });

  test("tell in the log of a slot that could not be claimed, and run the next", async () => {
    const failpoints = new Failpoints();
    await using rig = await openRig({ sources: [{ id: "home", schedule: "* * * * *" }], failpoints });
    const running = rig.signage.runOnSchedule(rig.request);
    await until(() => finished(rig).length === 1);
    {
      using _broken = failpoints.arm("storage.commit", () => {
        throw new Error("the disk is full");
      });
      await rig.clock.advance(MINUTE_MS);
      await until(() =>
        rig.host.records.some(({ level, message }) => level === "error" && message.includes("claim a slot")),
      );
    }
    expect(finished(rig)).toHaveLength(1);
    await passMinutes(rig, 1);
    await until(() => finished(rig).length === 2);
    rig.stop.abort();
    await running;
  });

  test("run in the time zone of each", async () => {
    const sources = [
      { id: "tokyo", schedule: "30 21 * * *", timezone: "Asia/Tokyo" },
      { id: "utc", schedule: "30 12 * * *" },
      { id: "later", schedule: "30 13 * * *" },
    ];
    await using rig = await openRig({ sources });
    const running = rig.signage.runOnSchedule(rig.request);
    await until(() => finished(rig).length === 3);
    await passMinutes(rig, 31);
    expect(finished(rig).slice(3).sort()).toEqual(["tokyo", "utc"]);
    rig.stop.abort();
    await running;
  });

  test("never overlap: a slot that comes while the last run goes on is missed, and that is said", async () => {
    const script = { fetch: ({ id }: ScriptedFetch) => (id === "slow" ? new Promise<never>(() => undefined) : GOOD) };
    const sources = [{ id: "slow", schedule: "* * * * *", timeout: 150, retry: { enabled: false } }];
    await using rig = await openRig({ sources, script });
    const running = rig.signage.runOnSchedule(rig.request);
    await until(() => rig.signage.sources[0]!.isRunning);
    await rig.clock.advance(2 * MINUTE_MS);
    expect(rig.events.filter(({ kind }) => kind === "missed")).toEqual([
      { kind: "missed", id: "slow", slot: START + MINUTE_MS, reason: "running" },
      { kind: "missed", id: "slow", slot: START + 2 * MINUTE_MS, reason: "running" },
    ]);
    expect(rig.events.filter(({ kind }) => kind === "started")).toHaveLength(1);
    await rig.clock.advance(30_000);
    await until(() => finished(rig).length === 1);
    rig.stop.abort();
    await running;
  });

  test("run each slot once, though two programs work on one folder", async () => {
    await using folder = await temporaryFolder();
    const options = { folder: folder.path, sources: [{ id: "home", schedule: "*/5 * * * *" }] };
    await using first = await openRig(options);
    await using second = await openRig({ ...options, clock: new ManualClock(START) });
    const rigs = [first, second];
    const running = rigs.map((rig) => rig.signage.runOnSchedule(rig.request));
    await until(() => rigs.every((rig) => rig.signage.sources.every(({ isRunning }) => !isRunning)));
    await settle();
    const atStart = rigs.flatMap(finished).length;
    for (let minute = 0; minute < 60; minute++) {
      await Promise.all(rigs.map((rig) => rig.clock.advance(MINUTE_MS)));
      await until(() => rigs.every((rig) => rig.signage.sources.every(({ isRunning }) => !isRunning)));
    }
    await settle();
    const slots = rigs.flatMap((rig) =>
      rig.events.flatMap((event) =>
        event.kind === "finished" && event.run.slot !== undefined ? [event.run.slot] : [],
      ),
    );
    expect(atStart).toBeGreaterThanOrEqual(1);
    expect(slots.sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, n) => START + (n + 1) * 5 * MINUTE_MS));
    expect(rigs.flatMap((rig) => rig.events.filter(({ kind }) => kind === "missed"))).toHaveLength(12);
    for (const rig of rigs) rig.stop.abort();
    await Promise.all(running);
  });
});

describe("sources that are due when the program starts", () => {
  const MORE = { id: "home", schedule: "*/30 * * * *" };

  /** Starts at a time, and tells which sources ran without a slot. */
  async function ranAtStart(folder: string, at: number): Promise<string[]> {
    await using rig = await openRig({ folder, sources: [MORE], clock: new ManualClock(at) });
    const running = rig.signage.runOnSchedule(rig.request);
    await settle();
    await until(() => rig.signage.sources.every(({ isRunning }) => !isRunning));
    rig.stop.abort();
    await running;
    return finished(rig);
  }

  test("run at once: when they never ran, or longer ago than their runs are apart; not after a quick restart", async () => {
    await using folder = await temporaryFolder();
    expect(await ranAtStart(folder.path, START)).toEqual(["home"]);
    expect(await ranAtStart(folder.path, START + 29 * MINUTE_MS)).toEqual([]);
    expect(await ranAtStart(folder.path, START + 31 * MINUTE_MS)).toEqual(["home"]);
  });

  test("run at once when the clock has been set back, and when the last run was cut short", async () => {
    await using folder = await temporaryFolder();
    expect(await ranAtStart(folder.path, START)).toEqual(["home"]);
    expect(await ranAtStart(folder.path, START - 60 * MINUTE_MS)).toEqual(["home"]);
    {
      const script = { fetch: () => new Promise<never>(() => undefined) };
      const clock = new ManualClock(START + 60 * MINUTE_MS);
      await using rig = await openRig({ folder: folder.path, sources: [MORE], script, clock });
      const running = rig.runOnce();
      await until(() => rig.signage.sources[0]!.isRunning);
      rig.hurry.abort(new Error("now"));
      await running;
    }
    expect(await ranAtStart(folder.path, START + 61 * MINUTE_MS)).toEqual(["home"]);
  });
});

describe("a stop", () => {
  const hanging = { fetch: () => new Promise<never>(() => undefined) };
  const sources = [
    { id: "one", timeout: 300 },
    { id: "two", timeout: 300 },
    { id: "three", timeout: 300 },
  ];

  test.each(["runOnce", "runOnSchedule"] as const)(
    "lets what %s has begun go on for ten seconds, begins nothing more, then ends it",
    async (way) => {
      await using rig = await openRig({ sources, script: hanging, top: { width: 2 } });
      const running = rig.signage[way](rig.request);
      await until(() => rig.signage.sources.filter(({ isRunning }) => isRunning).length === 2);
      rig.stop.abort(new Error("SIGTERM"));
      await settle();
      await rig.clock.advance(9_999);
      expect(finished(rig)).toEqual([]);
      await rig.clock.advance(1);
      await running;
      expect(finished(rig).sort()).toEqual(["one", "two"]);
      expect(rig.signage.sources.map(({ last }) => last?.error)).toEqual([
        { code: "CALL_CANCELLED", message: 'The run of "one" was cut short' },
        { code: "CALL_CANCELLED", message: 'The run of "two" was cut short' },
        undefined,
      ]);
      expect(rig.clock.pendingTimers).toBe(0);
    },
  );

  test.each(["runOnce", "runOnSchedule"] as const)("that is hurried ends what %s has begun at once", async (way) => {
    await using rig = await openRig({ sources, script: hanging });
    const running = rig.signage[way](rig.request);
    await until(() => rig.signage.sources.every(({ isRunning }) => isRunning));
    rig.stop.abort(new Error("SIGINT"));
    await settle();
    rig.hurry.abort(new Error("SIGINT again"));
    await running;
    expect(finished(rig)).toHaveLength(3);
  });

  test("waits for runs that end in time, with their pictures", async () => {
    const { promise, resolve } = Promise.withResolvers<typeof GOOD>();
    await using rig = await openRig({ script: { fetch: () => promise } });
    const running = rig.signage.runOnSchedule(rig.request);
    await until(() => rig.signage.sources[0]!.isRunning);
    rig.stop.abort(new Error("SIGTERM"));
    resolve(GOOD);
    await running;
    expect(rig.signage.sources[0]?.last).toMatchObject({ outcome: "success", pictures: [expect.any(String)] });
  });

  test("comes through although a source ignores its signal", async () => {
    const ignoring = { id: "home", type: "misbehaving", config: { fault: "ignore-signal" }, timeout: 300 };
    const rig = await openRig({ sources: [ignoring], plugins: [MISBEHAVING] });
    const running = rig.signage.runOnSchedule(rig.request);
    await until(() => rig.signage.sources[0]!.isRunning);
    rig.stop.abort();
    await passTime(rig.clock, running, 1_000);
    await passTime(rig.clock, Promise.resolve(rig[Symbol.asyncDispose]()), 1_000);
    expect(rig.clock.now() - START).toBeLessThanOrEqual(12_000);
  });
});

describe("plan", () => {
  const plan = async (at: string, schedule: string, timezone: string, runs: number) => {
    const clock = new ManualClock(Date.parse(at));
    await using rig = await openRig({ sources: [{ id: "home", schedule, timezone }], clock });
    const [home] = rig.signage.plan(runs);
    return home!.at.map((time) => new Date(time).toISOString());
  };

  test("keeps the hour of the wall when clocks go forward, and runs at the end of the hour that is not there", async () => {
    // In Berlin clocks go from 2:00 to 3:00 on 29 March 2026: 7:00 is 6:00 UTC before, 5:00 after.
    expect(await plan("2026-03-27T12:00:00Z", "0 7 * * *", "Europe/Berlin", 3)).toEqual([
      "2026-03-28T06:00:00.000Z",
      "2026-03-29T05:00:00.000Z",
      "2026-03-30T05:00:00.000Z",
    ]);
    expect(await plan("2026-03-28T12:00:00Z", "30 2 * * *", "Europe/Berlin", 2)).toEqual([
      "2026-03-29T01:00:00.000Z",
      "2026-03-30T00:30:00.000Z",
    ]);
  });

  test("runs a fixed time once when clocks go back, and a rhythm through both hours", async () => {
    // In New York clocks go from 2:00 back to 1:00 on 1 November 2026.
    expect(await plan("2026-11-01T04:00:00Z", "30 1 * * *", "America/New_York", 2)).toEqual([
      "2026-11-01T05:30:00.000Z",
      "2026-11-02T06:30:00.000Z",
    ]);
    expect(await plan("2026-11-01T04:50:00Z", "*/30 * * * *", "America/New_York", 6)).toEqual([
      "2026-11-01T05:00:00.000Z",
      "2026-11-01T05:30:00.000Z",
      "2026-11-01T06:00:00.000Z",
      "2026-11-01T06:30:00.000Z",
      "2026-11-01T07:00:00.000Z",
      "2026-11-01T07:30:00.000Z",
    ]);
  });
});
