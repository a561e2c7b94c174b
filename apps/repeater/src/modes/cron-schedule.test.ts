import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LoopRig } from "../../test/loop-rig.ts";
import { openPattern } from "./cron-pattern.ts";
import { CronSchedule } from "./cron-schedule.ts";
import type { CatchUp } from "./schedule.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const ZONES = [
  "America/New_York",
  "America/Sao_Paulo",
  "America/St_Johns",
  "Europe/Berlin",
  "Europe/Dublin",
  "Africa/Cairo",
  "Asia/Beirut",
  "Asia/Kolkata",
  "Australia/Lord_Howe",
  "Pacific/Auckland",
];

/** A run a day at this local time: in a missing hour at its end, in a repeated one in its first pass. By the calendar alone. */
function dailySlots(zone: string, hour: number, minute: number, from: number, to: number): number[] {
  const slots: number[] = [];
  let day = Temporal.Instant.fromEpochMilliseconds(from - DAY_MS)
    .toZonedDateTimeISO(zone)
    .toPlainDate();
  for (; ; day = day.add({ days: 1 })) {
    const wanted = day.toPlainDateTime({ hour, minute });
    const found = wanted.toZonedDateTime(zone, { disambiguation: "compatible" });
    const isMissing = !found.toPlainDateTime().equals(wanted);
    const before = found.subtract({ hours: 3 });
    const slot = (isMissing ? before.getTimeZoneTransition("next")! : found).epochMilliseconds;
    if (slot >= to) return slots;
    if (slot > from) slots.push(slot);
  }
}

function schedule(rig: LoopRig, cron: string, zone = "UTC", catchUp: CatchUp = "one", lastSlot?: number): CronSchedule {
  return new CronSchedule({ pattern: openPattern(cron, zone, false), clock: rig.clock, catchUp, lastSlot });
}

describe("CronSchedule", () => {
  const tags = ["slow"];
  test.each(ZONES)(
    "runs each time once in ten years of %s [RPT-9, RPT-12, RPT-14, RPT-186]",
    { tags },
    async (zone) => {
      const from = Date.UTC(2020, 0, 1);
      const to = Date.UTC(2030, 0, 1);
      for (const [hour, minute] of [
        [2, 30],
        [0, 0],
      ] as const) {
        const rig = new LoopRig(from);
        const loop = rig.start(schedule(rig, `${minute} ${hour} * * *`, zone), undefined, {
          until: to,
          longestSleepMs: 12 * HOUR_MS,
        });
        await rig.clock.advance(to - from);
        await loop;
        expect(rig.beganAt).toEqual(dailySlots(zone, hour, minute, from, to));
      }
    },
  );

  test("takes day of the month or weekday, names, 7 and lists of ranges [RPT-11]", async () => {
    const from = Date.UTC(2026, 0, 1);
    const days = async (cron: string): Promise<number[]> => {
      const rig = new LoopRig(from - 1);
      const loop = rig.start(schedule(rig, cron), undefined, { until: from + 31 * DAY_MS, longestSleepMs: DAY_MS });
      await rig.clock.advance(32 * DAY_MS);
      await loop;
      return rig.beganAt.map((at) => new Date(at).getUTCDate());
    };
    // 1 January 2026 is a Thursday.
    expect(await days("0 0 13 * FRI")).toEqual([2, 9, 13, 16, 23, 30]);
    expect(await days("0 0 * JAN 7")).toEqual([4, 11, 18, 25]);
    expect(await days("0 0 * * 1-2,0")).toEqual([4, 5, 6, 11, 12, 13, 18, 19, 20, 25, 26, 27]);
    expect(await days("@weekly")).toEqual([4, 11, 18, 25]);
  });

  test("runs a schedule of every minute once a minute: the runs do not multiply", async () => {
    const rig = new LoopRig(0);
    const loop = rig.start(schedule(rig, "* * * * *"), undefined, { times: 60 });
    await rig.clock.advance(2 * HOUR_MS);
    await loop;
    expect(rig.beganAt).toEqual(Array.from({ length: 60 }, (_, index) => (index + 1) * 60_000));
  });

  test.each([
    ["one", ["00:01", "00:05", "00:06"]],
    ["all", ["00:01", "00:05", "00:05"]],
    ["none", ["00:01", "00:06", "00:07"]],
  ] as const)("makes up for times that passed during a run by the rule %s", async (catchUp, expected) => {
    const rig = new LoopRig(0);
    const takes = (number: number) => ({ takesMs: number === 1 ? 4.5 * 60_000 : 0 });
    const loop = rig.start(schedule(rig, "* * * * *", "UTC", catchUp), takes, { times: 3 });
    await rig.clock.advance(HOUR_MS);
    await loop;
    expect(rig.beganAt.map((at) => new Date(at).toISOString().slice(11, 16))).toEqual(expected);
  });

  test("runs once when the machine wakes up after times that passed, and none of them twice when its clock goes back", async () => {
    const rig = new LoopRig(0);
    const loop = rig.start(schedule(rig, "0 * * * *"), undefined, { times: 4 });
    await rig.clock.advance(HOUR_MS);
    rig.clock.setWallClock(5.5 * HOUR_MS);
    await rig.clock.advance(60_000);
    expect(rig.beganAt.length).toBe(2);
    rig.clock.setWallClock(3.5 * HOUR_MS);
    await rig.clock.advance(4 * HOUR_MS);
    await loop;
    expect(rig.beganAt.slice(2)).toEqual([6 * HOUR_MS, 7 * HOUR_MS]);
  });

  test("goes on where an earlier process left off", async () => {
    const rig = new LoopRig(10.5 * HOUR_MS);
    const loop = rig.start(schedule(rig, "0 * * * *", "UTC", "all", 8 * HOUR_MS), undefined, { times: 3 });
    await rig.clock.advance(HOUR_MS);
    await loop;
    // Nine and ten o'clock passed while nothing ran.
    expect(rig.beganAt).toEqual([10.5 * HOUR_MS, 10.5 * HOUR_MS, 11 * HOUR_MS]);
  });

  test(
    "runs no time twice and leaves none out, however the wall clock is set and whatever runs take",
    { tags },
    async () => {
      const step = fc.record({
        forwardMs: fc.integer({ min: 0, max: 3 * HOUR_MS }),
        jumpMs: fc.integer({ min: -HOUR_MS, max: 2 * HOUR_MS }),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { maxLength: 12 }),
          fc.integer({ min: 0, max: 40 * 60_000 }),
          async (steps, takesMs) => {
            const rig = new LoopRig(Date.UTC(2026, 2, 28));
            const taken: number[] = [];
            const beforeRun = (due: object): void => void taken.push((due as { at: number }).at);
            const loop = rig.start(schedule(rig, "*/15 * * * *", "Europe/Berlin", "all"), () => ({ takesMs }), {
              beforeRun,
            });
            for (const { forwardMs, jumpMs } of steps) {
              await rig.clock.advance(forwardMs);
              rig.clock.setWallClock(rig.clock.now() + jumpMs);
            }
            rig.stop.abort("signal");
            await rig.clock.advance(2 * HOUR_MS);
            await loop;
            const first = Date.UTC(2026, 2, 28);
            expect(taken).toEqual(taken.map((_, index) => first + (index + 1) * 15 * 60_000));
          },
        ),
        { numRuns: 50 },
      );
    },
  );
});
