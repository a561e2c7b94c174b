import { ManualClock } from "@berth/base";
import { describe, expect, test } from "vitest";
import { type Calendar, slotsByCalendar } from "../test/calendar-oracle.ts";
import { CronPatterns } from "./cron-patterns.ts";
import { JobLoop } from "./job-loop.ts";

const FROM = Date.UTC(2026, 0, 1);
const TO = Date.UTC(2027, 0, 1);

const upTo = (count: number): number[] => Array.from({ length: count }, (_, value) => value);
const everyDay = (): boolean => true;
const onWeekdays = ({ dayOfWeek }: Temporal.PlainDate): boolean => dayOfWeek <= 5;

const SCHEDULES: Record<string, Omit<Calendar, "zone">> = {
  "30 2 * * *": { hours: [2], minutes: [30], isDay: everyDay, isFixed: true },
  "15 1 * * *": { hours: [1], minutes: [15], isDay: everyDay, isFixed: true },
  "0 0 * * *": { hours: [0], minutes: [0], isDay: everyDay, isFixed: true },
  "45 23 * * *": { hours: [23], minutes: [45], isDay: everyDay, isFixed: true },
  "0,40 1-3 * * *": { hours: [1, 2, 3], minutes: [0, 40], isDay: everyDay, isFixed: true },
  "0 9 * * 1-5": { hours: [9], minutes: [0], isDay: onWeekdays, isFixed: true },
  "0 12 31 * *": { hours: [12], minutes: [0], isDay: ({ day }) => day === 31, isFixed: true },
  "*/30 0-3 * * *": { hours: [0, 1, 2, 3], minutes: [0, 30], isDay: everyDay, isFixed: false },
  // The months in which one of the zones changes its clocks.
  "5 * * 3,4,10,11 *": {
    hours: upTo(24),
    minutes: [5],
    isDay: ({ month }) => [3, 4, 10, 11].includes(month),
    isFixed: false,
  },
  "*/20 2 * * 0": { hours: [2], minutes: [0, 20, 40], isDay: ({ dayOfWeek }) => dayOfWeek === 7, isFixed: false },
};

// Two ordinary ones, one that moves by half an hour, two that change at midnight.
const ZONES = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Beirut"];

describe("a year of schedules", () => {
  test("is run slot by slot, each once, in zones that change their clocks [SIG-105] [SIG-181]", async () => {
    const clock = new ManualClock(FROM - 1);
    // Looking at the clock each hour instead of each minute, and keeping all fifty expressions parsed, only saves time.
    const patterns = new CronPatterns(50);
    await using loop = new JobLoop({ clock, width: 1_000, longestSleepMs: 3_600_000, patterns });
    const ran = new Map<string, number[]>();
    const early: number[] = [];
    for (const zone of ZONES) {
      for (const cron of Object.keys(SCHEDULES)) {
        const slots: number[] = [];
        ran.set(`${cron} ${zone}`, slots);
        const work = ({ slot }: { slot: number }): void => {
          slots.push(slot);
          if (clock.now() !== slot) early.push(slot);
        };
        loop.add({ id: `${cron} ${zone}`, trigger: { cron, zone }, work });
      }
    }
    const missed: unknown[] = [];
    loop.on((event) => void (event.kind === "missed" && missed.push(event)));
    loop.start();
    await clock.advance(TO - FROM);

    for (const zone of ZONES) {
      for (const [cron, calendar] of Object.entries(SCHEDULES)) {
        const expected = slotsByCalendar({ ...calendar, zone }, FROM, TO);
        expect(expected.length, `${cron} ${zone}`).toBeGreaterThan(6);
        expect(ran.get(`${cron} ${zone}`), `${cron} ${zone}`).toEqual(expected);
      }
    }
    expect({ early, missed }).toEqual({ early: [], missed: [] });
  });
});
