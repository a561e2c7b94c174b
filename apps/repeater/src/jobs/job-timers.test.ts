import { type Clock, ManualClock } from "@berth/base";
import { expect, test } from "vitest";
import { JobTimers } from "./job-timers.ts";

test("JobTimers tells how long it is until something is due, by whichever clock", async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  using timers = new JobTimers(clock);
  const pauses = [timers.pauseMs];
  void timers.wakeAt(clock.now() + 900, new AbortController().signal);
  pauses.push(timers.pauseMs);
  timers.setTimer(() => undefined, 400);
  pauses.push(timers.pauseMs);
  await clock.advance(500);
  pauses.push(timers.pauseMs);
  await clock.advance(400);
  pauses.push(timers.pauseMs);
  expect(pauses).toEqual([Infinity, 900, 400, 400, Infinity]);
});

test("JobTimers wakes all that wait for one time, by one timer", async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  using timers = new JobTimers(clock);
  const woken: string[] = [];
  const wait = async (name: string, afterMs: number): Promise<void> => {
    await timers.wakeAt(clock.now() + afterMs, new AbortController().signal);
    woken.push(`${name} ${clock.monotonicMs()}`);
  };
  const waits = [wait("a", 500), wait("c", 700), wait("b", 500), wait("past", -1)];
  expect(clock.pendingTimers).toBe(1);
  await clock.advance(1_000);
  await Promise.all(waits);
  expect(woken).toEqual(["past 0", "a 500", "b 500", "c 700"]);
});

test("JobTimers wakes who gives up at once; the others of its time wait on, and none is kept for nobody", async () => {
  const clock = new ManualClock(0);
  using timers = new JobTimers(clock);
  const woken: string[] = [];
  const wait = async (name: string, at: number, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted && clock.now() < at) {
      await timers.wakeAt(at, signal);
      woken.push(`${name} ${clock.now()}`);
    }
  };
  const [leaving, staying] = [new AbortController(), new AbortController()];
  const waits = [wait("leaving", 500, leaving.signal), wait("staying", 500, staying.signal)];
  await clock.advance(100);
  leaving.abort();
  await waits[0];
  await clock.advance(900);
  expect(woken).toEqual(["leaving 100", "staying 100", "staying 500"]);
  const last = wait("staying", 2_000, staying.signal);
  await clock.advance(0);
  staying.abort();
  await last;
  expect({ pauseMs: timers.pauseMs, pending: clock.pendingTimers }).toEqual({ pauseMs: Infinity, pending: 0 });
});

test("JobTimers stirs those that wait when their time is near, and each of them once", async () => {
  const manual = new ManualClock(0);
  const clock: Clock = {
    now: () => manual.now(),
    monotonicMs: () => manual.monotonicMs(),
    setTimer: manual.setTimer.bind(manual),
    setAlarm(fire, atMs, onNear) {
      using alarm = new DisposableStack();
      const restMs = atMs - manual.now();
      if (onNear && restMs > 250) alarm.use(manual.setTimer(onNear, restMs - 4));
      alarm.use(manual.setTimer(fire, restMs));
      return alarm.move();
    },
  };
  using timers = new JobTimers(clock);
  const woken: string[] = [];
  const wait = async (name: string, at: number): Promise<void> => {
    for (const { signal } = new AbortController(); clock.now() < at;) {
      await timers.wakeAt(at, signal);
      woken.push(`${name} ${clock.now()}`);
    }
  };
  const waits = [wait("a", 1_000), wait("b", 1_000), wait("soon", 1_100)];
  await manual.advance(1_000);
  await manual.advance(100);
  await Promise.all(waits);
  expect(woken).toEqual(["a 996", "b 996", "a 1000", "b 1000", "soon 1100"]);
});
