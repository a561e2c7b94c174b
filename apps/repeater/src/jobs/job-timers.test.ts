import { ManualClock } from "@berth/base";
import { expect, test } from "vitest";
import { JobTimers } from "./job-timers.ts";

test("JobTimers tells how long it is until something is due, by whichever clock", async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  using timers = new JobTimers(clock);
  const pauses = [timers.pauseMs];
  void timers.waitUntil(clock.now() + 900, new AbortController().signal);
  pauses.push(timers.pauseMs);
  timers.setTimer(() => undefined, 400);
  pauses.push(timers.pauseMs);
  await clock.advance(500);
  pauses.push(timers.pauseMs);
  await clock.advance(400);
  pauses.push(timers.pauseMs);
  expect(pauses).toEqual([Infinity, 900, 400, 400, Infinity]);
});
