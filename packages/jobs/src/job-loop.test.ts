import { ManualClock } from "@berth/base";
import { isHostError } from "@berth/contract";
import { describe, expect, test } from "vitest";
import type { JobEvent, JobRun, JobSpec } from "./job.ts";
import { JobLoop, type JobLoopOptions } from "./job-loop.ts";

const START = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const EACH_MINUTE = { cron: "* * * * *", zone: "UTC" };

/** A loop on a manual clock, and a diary of what it did: `started a@60`, in seconds since the start. */
function setUp(options: Partial<JobLoopOptions> = {}) {
  const clock = new ManualClock(START);
  const loop = new JobLoop({ clock, ...options });
  const events: JobEvent[] = [];
  const diary: string[] = [];
  loop.on((event) => {
    events.push(event);
    diary.push(inWords(event));
  });
  /** Adds a job whose runs take `tookMs` and heed their signal. */
  const add = (id: string, tookMs: number, spec: Partial<JobSpec> = {}): Disposable =>
    loop.add({ id, trigger: EACH_MINUTE, work: (run) => takes(clock, tookMs, run), ...spec });
  return { clock, loop, events, diary, add };
}

async function takes(clock: ManualClock, tookMs: number, run: JobRun): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  using _timer = clock.setTimer(resolve, tookMs);
  run.signal.addEventListener("abort", () => reject(run.signal.reason as Error));
  await promise;
}

function inWords(event: JobEvent): string {
  const at = (slot: number): string => `@${(slot - START) / 1_000}`;
  switch (event.kind) {
    case "finished":
      return `${event.report.outcome} ${event.report.id}${at(event.report.slot)}`;
    case "missed":
      return `missed ${event.id}${at(event.slot)} ${event.count} ${event.reason}`;
    case "late":
      return `late ${event.id}${at(event.slot)} by ${event.lateMs / 1_000}`;
    case "clock-set":
      return `clock set by ${event.byMs / 1_000}`;
    case "scheduled":
    case "started":
    default:
      return `${event.kind} ${event.id}${at(event.slot)}`;
  }
}

/** The diary without appointments. */
function runsOf(diary: readonly string[]): string[] {
  return diary.filter((line) => !line.startsWith("scheduled"));
}

describe("JobLoop", () => {
  test("runs a job at each of its slots, told of slot, trigger and times [SIG-181]", async () => {
    const { clock, loop, events, add } = setUp();
    const runs: JobRun[] = [];
    add("a", 0, { work: (run) => void runs.push(run) });
    loop.start();
    await clock.advance(2 * MINUTE_MS);
    expect(runs.map(({ slot, trigger, signal }) => [slot - START, trigger, signal.aborted])).toEqual([
      [MINUTE_MS, "cron", false],
      [2 * MINUTE_MS, "cron", false],
    ]);
    expect(events.slice(0, 4)).toEqual([
      { kind: "scheduled", id: "a", slot: START + MINUTE_MS },
      { kind: "started", id: "a", slot: START + MINUTE_MS, trigger: "cron", lateMs: 0 },
      {
        kind: "finished",
        report: {
          id: "a",
          slot: START + MINUTE_MS,
          trigger: "cron",
          outcome: "done",
          startedAt: START + MINUTE_MS,
          durationMs: 0,
        },
      },
      { kind: "scheduled", id: "a", slot: START + 2 * MINUTE_MS },
    ]);
  });

  test("keeps an interval without drifting, however long the runs take", async () => {
    const { clock, loop, diary, add } = setUp();
    add("a", 7_000, { trigger: { everyMs: 10_000 } });
    loop.start();
    await clock.advance(35_000);
    expect(diary.filter((line) => line.startsWith("started"))).toEqual([
      "started a@10",
      "started a@20",
      "started a@30",
    ]);
  });

  test("does nothing before it is started, and nothing by schedule after", async () => {
    const { clock, loop, diary, add } = setUp();
    add("a", 0);
    await clock.advance(10 * MINUTE_MS);
    expect({ diary, timers: clock.pendingTimers, next: loop.nextSlot("a") }).toEqual({
      diary: [],
      timers: 0,
      next: undefined,
    });
    loop.start();
    expect(loop.nextSlot("a")).toBe(START + 11 * MINUTE_MS);
  });

  test("does not run a job twice at a time: a slot that comes meanwhile is missed", async () => {
    const { clock, loop, diary, add } = setUp();
    add("slow", 150_000);
    loop.start();
    await clock.advance(5 * MINUTE_MS);
    expect(runsOf(diary)).toEqual([
      "started slow@60",
      "missed slow@120 1 running",
      "missed slow@180 1 running",
      "done slow@60",
      "started slow@240",
      "missed slow@300 1 running",
    ]);
  });

  test("one that fails or hangs never delays another [SIG-101] [SIG-112]", async () => {
    const { clock, loop, diary, add } = setUp();
    add("hangs", 0, { work: () => new Promise(() => undefined) });
    add("throws", 0, {
      work: () => {
        throw new Error("no");
      },
    });
    add("rejects", 0, { work: async () => Promise.reject(new Error("no")) });
    add("works", 200);
    loop.start();
    await clock.advance(MINUTE_MS + 200);
    expect(runsOf(diary)).toEqual([
      "started hangs@60",
      "started throws@60",
      "failed throws@60",
      "started rejects@60",
      "started works@60",
      "failed rejects@60",
      "done works@60",
    ]);
  });

  test("runs in parallel what would take long one after the other [SIG-101] [SIG-112] [SIG-154] [SIG-168]", async () => {
    const time = async (width: number): Promise<number> => {
      const { clock, loop, add } = setUp({ width });
      for (let i = 0; i < 20; i++) add(`source-${i}`, 200);
      const ends = Array.from({ length: 20 }, (_, i) => loop.runNow(`source-${i}`).then(() => clock.monotonicMs()));
      await clock.advance(10_000);
      return Math.max(...(await Promise.all(ends)));
    };
    expect([await time(20), await time(8), await time(1)]).toEqual([200, 600, 4_000]);
  });

  test("shares its width first come, first served", async () => {
    const { clock, loop, diary, add } = setUp({ width: 2 });
    for (const id of ["a", "b", "c", "d"]) add(id, 5_000);
    loop.start();
    await clock.advance(MINUTE_MS + 10_000);
    expect(runsOf(diary)).toEqual([
      "started a@60",
      "started b@60",
      "done a@60",
      "started c@60",
      "done b@60",
      "started d@60",
      "done c@60",
      "done d@60",
    ]);
  });

  test("leaves a slot to the process that claimed it", async () => {
    const claims: [string, number][] = [];
    const claimSlot = async (id: string, slot: number): Promise<boolean> => {
      claims.push([id, slot - START]);
      return slot - START !== MINUTE_MS;
    };
    const { clock, loop, diary, add } = setUp({ claimSlot });
    add("a", 0);
    loop.start();
    await clock.advance(2 * MINUTE_MS);
    expect(claims).toEqual([
      ["a", MINUTE_MS],
      ["a", 2 * MINUTE_MS],
    ]);
    expect(runsOf(diary)).toEqual(["missed a@60 1 claimed", "started a@120", "done a@120"]);
  });

  test("reports a claim that cannot be made as a failed run", async () => {
    const { clock, loop, events, add } = setUp({ claimSlot: () => Promise.reject(new Error("disk full")) });
    add("a", 0);
    loop.start();
    await clock.advance(MINUTE_MS);
    expect(events.find(({ kind }) => kind === "finished")).toMatchObject({
      report: { outcome: "failed", error: new Error("disk full") },
    });
  });

  test("upcoming gives the next slots of all jobs in order, without running anything", () => {
    const { loop, add } = setUp();
    add("hourly", 0, { trigger: { cron: "0 * * * *", zone: "UTC" } });
    add("often", 0, { trigger: { everyMs: 25 * MINUTE_MS } });
    add("paused", 0);
    loop.pause("paused");
    const minutes = loop.upcoming(5).map(({ id, slot }) => `${id} ${(slot - START) / MINUTE_MS}`);
    expect(minutes).toEqual(["often 25", "often 50", "hourly 60", "often 75", "often 100"]);
  });

  test("refuses an id twice, an unknown id and a schedule that is none", async () => {
    const { loop, add } = setUp();
    add("weather", 0);
    expect(() => add("weather", 0)).toThrow('Cannot add the job "weather" a second time');
    await expect(loop.runNow("wether")).rejects.toThrow('There is no job "wether"; did you mean "weather"?');
    await expect(loop.runNow("wether").catch((error: unknown) => isHostError(error, "JOB_NOT_FOUND"))).resolves.toBe(
      true,
    );
    expect(() => add("x", 0, { trigger: { cron: "* * * *" } })).toThrow("exactly five parts are needed");
    expect(() => add("x", 0, { trigger: { everyMs: 0 } })).toThrow("Cannot run every 0 ms");
  });

  test("takes a job out, and one of the same id that comes after does not overlap its last run", async () => {
    const { clock, loop, diary, add } = setUp();
    const first = add("a", 90_000);
    loop.start();
    await clock.advance(MINUTE_MS);
    first[Symbol.dispose]();
    await clock.advance(1_000);
    add("a", 0);
    first[Symbol.dispose]();
    await clock.advance(2 * MINUTE_MS);
    expect(runsOf(diary)).toEqual([
      "started a@60",
      "missed a@120 1 running",
      "done a@60",
      "started a@180",
      "done a@180",
    ]);
  });
});

describe("JobLoop.runNow", () => {
  test("runs a job once for a cron outside, without a schedule of its own [SIG-180]", async () => {
    const { clock, loop, diary, add } = setUp();
    add("a", 200);
    const report = loop.runNow("a");
    await clock.advance(200);
    expect(await report).toEqual({
      id: "a",
      slot: START,
      trigger: "manual",
      outcome: "done",
      startedAt: START,
      durationMs: 200,
    });
    await clock.advance(10 * MINUTE_MS);
    expect({ diary, timers: clock.pendingTimers }).toEqual({ diary: ["started a@0", "done a@0"], timers: 0 });
  });

  test("tells of work that fails at once", async () => {
    const { loop, add } = setUp();
    const error = new Error("no");
    add("a", 0, {
      work: () => {
        throw error;
      },
    });
    expect(await loop.runNow("a")).toMatchObject({ outcome: "failed", error });
  });

  test("joins the run under way", async () => {
    const { clock, loop, diary, add } = setUp();
    add("a", 5_000);
    loop.start();
    await clock.advance(MINUTE_MS);
    const report = loop.runNow("a");
    await clock.advance(5_000);
    expect((await report).trigger).toBe("cron");
    expect(runsOf(diary)).toEqual(["started a@60", "done a@60"]);
  });

  test("asks nobody for the slot and works while paused", async () => {
    const { loop, add } = setUp({ claimSlot: () => false });
    add("a", 0, { work: () => undefined });
    loop.start();
    loop.pause();
    expect((await loop.runNow("a")).outcome).toBe("done");
  });
});

describe("JobLoop when time jumps", () => {
  test("runs the latest of the slots that were slept through, once, and reports the others [SIG-181]", async () => {
    const { clock, loop, diary, add } = setUp();
    add("minutely", 0);
    add("daily", 0, { trigger: { cron: "0 6 * * *", zone: "UTC" } });
    loop.start();
    await clock.advance(30_000);
    clock.setWallClock(START + 15 * 3_600_000 + 5_000);
    await clock.advance(30_000);
    expect(runsOf(diary)).toEqual([
      "clock set by 53975",
      "missed minutely@60 899 late",
      "started minutely@54000",
      "late daily@21600 by 32435",
      "started daily@21600",
      "done minutely@54000",
      "done daily@21600",
    ]);
    expect(loop.nextSlot("minutely")).toBe(START + 54_060_000);
  });

  test("leaves late slots out where asked to", async () => {
    const { clock, loop, diary, add } = setUp();
    add("a", 0, { trigger: { cron: "0 6 * * *", zone: "UTC" }, catchUp: "skip", toleranceMs: MINUTE_MS });
    loop.start();
    clock.setWallClock(START + 7 * 3_600_000);
    await clock.advance(MINUTE_MS);
    expect(runsOf(diary).slice(1)).toEqual(["missed a@21600 1 late"]);
  });

  test("finds the latest slot of years that were slept through, without counting them all", async () => {
    const { clock, loop, diary, add } = setUp();
    add("a", 0);
    loop.start();
    clock.setWallClock(START + 3 * 365 * 86_400_000 + 30_000);
    await clock.advance(MINUTE_MS);
    expect(runsOf(diary).slice(1)).toEqual(["missed a@60 1000 late", "started a@94608060", "done a@94608060"]);
  });

  test("finds the latest slot among many in the last minute", async () => {
    const { clock, loop, diary, add } = setUp();
    add("a", 0, { trigger: { everyMs: 7_000 } });
    loop.start();
    const sleptMs = 86_400_000;
    clock.setWallClock(START + sleptMs);
    await clock.advance(7_000);
    const latest = Math.floor((sleptMs + 7_000) / 7_000) * 7;
    expect(runsOf(diary).slice(1)).toEqual(["missed a@7 1000 late", `started a@${latest}`, `done a@${latest}`]);
  });

  test("runs the later of two slots when it wakes at the second", async () => {
    const { clock, loop, diary, add } = setUp();
    add("a", 0, { trigger: { everyMs: 7_000 } });
    loop.start();
    clock.setWallClock(START + 7_000);
    await clock.advance(7_000);
    expect(runsOf(diary).slice(1)).toEqual(["missed a@7 1 late", "started a@14", "done a@14"]);
  });

  test("keeps an interval going when the clock is set back a little", async () => {
    const { clock, loop, diary, add } = setUp();
    add("a", 0, { trigger: { everyMs: 50_000 } });
    loop.start();
    await clock.advance(100_000);
    clock.setWallClock(START - 200_000);
    await clock.advance(100_000);
    expect(diary.filter((line) => line.startsWith("started"))).toEqual([
      "started a@50",
      "started a@100",
      "started a@-150",
      "started a@-100",
    ]);
  });

  test("runs no slot twice when the clock is set back a little", async () => {
    const { clock, loop, diary, add } = setUp();
    add("a", 0);
    loop.start();
    await clock.advance(MINUTE_MS + 1_000);
    clock.setWallClock(START + 50_000);
    await clock.advance(2 * MINUTE_MS);
    expect(runsOf(diary)).toEqual(["started a@60", "done a@60", "clock set by -11", "started a@120", "done a@120"]);
  });

  test("goes on by the new time when the clock was far ahead, and keeps intervals in any case", async () => {
    const { clock, loop, diary, add } = setUp();
    clock.setWallClock(START + 86_400_000);
    add("hourly", 0, { trigger: { cron: "0 * * * *", zone: "UTC" } });
    add("often", 0, { trigger: { everyMs: 50_000 } });
    loop.start();
    clock.setWallClock(START + 3_590_000);
    await clock.advance(2 * MINUTE_MS);
    expect(diary.filter((line) => line.startsWith("started"))).toEqual([
      "started hourly@3600",
      "started often@3600",
      "started often@3650",
      "started often@3700",
    ]);
  });
});

describe("JobLoop.pause", () => {
  test("of one job leaves the others alone, and resume goes on with the next slot", async () => {
    const { clock, loop, diary, add } = setUp();
    add("a", 0);
    add("b", 0);
    loop.start();
    loop.pause("a");
    await clock.advance(90_000);
    loop.resume("a");
    loop.resume("a");
    await clock.advance(30_000);
    expect(runsOf(diary)).toEqual([
      "started b@60",
      "done b@60",
      "started b@120",
      "started a@120",
      "done b@120",
      "done a@120",
    ]);
  });

  test("and resume while a slot is due neither lose nor double the next one", async () => {
    const { clock, loop, diary, add } = setUp();
    add("a", 0, {
      work: () => {
        loop.pause("a");
        loop.resume("a");
      },
    });
    const removed = add("b", 0, { work: () => removed[Symbol.dispose]() });
    loop.start();
    await clock.advance(2 * MINUTE_MS);
    expect(diary).toEqual([
      "scheduled a@60",
      "scheduled b@60",
      "started a@60",
      "scheduled a@120",
      "started b@60",
      "done a@60",
      "done b@60",
      "started a@120",
      "scheduled a@180",
      "done a@120",
    ]);
  });

  test("holds for a job that is paused before the start, and starting twice changes nothing", async () => {
    const { clock, loop, diary, add } = setUp();
    add("a", 0);
    add("b", 0);
    loop.pause("a");
    loop.start();
    loop.start();
    await clock.advance(MINUTE_MS);
    expect(runsOf(diary)).toEqual(["started b@60", "done b@60"]);
  });

  test("of all drops what waits for room, and lets what runs go on", async () => {
    const { clock, loop, diary, add } = setUp({ width: 1 });
    add("a", 5_000);
    add("b", 5_000);
    loop.start();
    await clock.advance(MINUTE_MS);
    loop.pause();
    await clock.advance(5 * MINUTE_MS);
    expect(runsOf(diary)).toEqual(["started a@60", "missed b@60 1 paused", "done a@60"]);
    loop.resume();
    await clock.advance(MINUTE_MS);
    expect(runsOf(diary).at(-1)).toBe("started a@420");
  });
});

describe("JobLoop.stop", () => {
  test("lets running work end, begins nothing more and leaves no timer", async () => {
    const { clock, loop, diary, add } = setUp({ width: 1 });
    add("a", 5_000);
    add("b", 5_000);
    loop.start();
    await clock.advance(MINUTE_MS);
    const manual = loop.runNow("b");
    const stopped = loop.stop();
    await clock.advance(5_000);
    expect(await stopped).toEqual([]);
    expect((await manual).outcome).toBe("skipped");
    expect(runsOf(diary)).toEqual(["started a@60", "missed b@60 1 stopped", "done a@60"]);
    await expect(loop.runNow("a")).rejects.toThrow("the loop has stopped");
    expect(clock.pendingTimers).toBe(0);
  });

  test("does not begin a run whose slot was being claimed", async () => {
    const claim = Promise.withResolvers<boolean>();
    const { clock, loop, diary, add } = setUp({ claimSlot: () => claim.promise });
    add("a", 0);
    loop.start();
    await clock.advance(MINUTE_MS);
    const stopped = loop.stop();
    claim.resolve(true);
    expect(await stopped).toEqual([]);
    expect(runsOf(diary)).toEqual(["missed a@60 1 stopped"]);
  });

  test("fires the signal of work that is not done after the drain, and names what does not end even then", async () => {
    const { clock, loop, events, add } = setUp({ drainMs: 10_000 });
    add("heeds", MINUTE_MS);
    add("ignores", 0, { work: () => new Promise(() => undefined) });
    void loop.runNow("heeds");
    void loop.runNow("ignores");
    const stopped = loop.stop();
    await clock.advance(9_999);
    expect(events.some(({ kind }) => kind === "finished")).toBe(false);
    await clock.advance(1);
    expect(events.at(-1)).toMatchObject({
      kind: "finished",
      report: { id: "heeds", outcome: "failed", error: { code: "CALL_CANCELLED" } },
    });
    await clock.advance(2_000);
    expect(await stopped).toEqual(["ignores"]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("called a second time does not wait for the drain", async () => {
    const { clock, loop, add } = setUp();
    add("a", 60_000);
    const report = loop.runNow("a");
    const stopped = loop.stop();
    await clock.advance(100);
    const again = loop.stop();
    await clock.advance(0);
    expect(await report).toMatchObject({ outcome: "failed", durationMs: 100 });
    expect([await stopped, await again, clock.pendingTimers]).toEqual([[], [], 0]);
  });

  test("is what disposing does, without hurrying a stop under way", async () => {
    const { clock, loop, add } = setUp();
    add("a", 3_000);
    const report = loop.runNow("a");
    const stopped = Promise.all([loop.stop(), loop[Symbol.asyncDispose]()]);
    await clock.advance(3_000);
    await stopped;
    expect((await report).outcome).toBe("done");
  });
});
