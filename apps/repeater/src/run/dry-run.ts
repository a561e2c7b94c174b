import { type Clock, ManualClock } from "@berth/base";
import type { Settings } from "../config/settings.ts";
import { formatDuration } from "../flags/duration.ts";
import type { EndedRun, Schedule } from "../modes/schedule.ts";
import { parseUntil } from "./until-time.ts";

/** As many as one reads. */
const MOST_SHOWN = 10;

/**
 * When runs would begin if each took no time: a line for each. Schedules that go by the results are asked as if each run failed.
 */
export async function dryRun(
  settings: Settings,
  now: number,
  openSchedule: (clock: Clock) => Promise<Schedule>,
): Promise<string> {
  const clock = new ManualClock(now);
  const schedule = await openSchedule(clock);
  const lines: string[] = [];
  const times = settings.number("times") ?? Infinity;
  const end = endOf(settings, now);
  let last: EndedRun | undefined;
  let at = now;
  for (let run = 1; run <= Math.min(times, MOST_SHOWN + 1); run++) {
    const due = await schedule.next(last, 0, new AbortController().signal);
    if (due === undefined) break;
    at = "at" in due ? due.at : at + due.delayMs;
    if (at >= end) break;
    if (run > MOST_SHOWN) {
      lines.push("and so on");
      break;
    }
    lines.push(
      `run ${run} at ${new Date(at).toISOString()}, ${run === 1 && at === now ? "at once" : `in ${formatDuration(at - now)}`}`,
    );
    await clock.advance(at - clock.now());
    last = {
      count: run,
      success: !schedule.needsResult,
      exitCode: schedule.needsResult ? 1 : 0,
      durationMs: 0,
      startedAt: at,
    };
  }
  await schedule[Symbol.asyncDispose]?.();
  if (lines.length === 0) lines.push("no run");
  if (settings.delay("jitter")) lines.push("Each wait is longer by some part of --jitter.");
  if (schedule.needsResult) lines.push("That is if every run fails.");
  return `${lines.join("\n")}\n`;
}

function endOf(settings: Settings, now: number): number {
  const until = settings.text("until");
  const untilAt = until === undefined ? Infinity : (parseUntil(until, now) ?? Infinity);
  return Math.min(now + (settings.number("for") ?? Infinity), untilAt);
}
