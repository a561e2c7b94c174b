import { expect, test } from "vitest";
import { sleep, systemClock } from "./clock.ts";
import { ManualClock } from "./manual-clock.ts";

test("ManualClock fires timers in the order they are due, then in the order they were set", async () => {
  const clock = new ManualClock(1_000);
  const fired: string[] = [];
  clock.setTimer(() => fired.push(`late at ${clock.now()}`), 20);
  clock.setTimer(() => fired.push(`early at ${clock.now()}`), 10);
  clock.setTimer(() => fired.push("early too"), 10);
  await clock.advance(15);
  expect(fired).toEqual(["early at 1010", "early too"]);
  await clock.advance(5);
  expect(fired.at(-1)).toBe("late at 1020");
  expect(clock.pendingTimers).toBe(0);
});

test("ManualClock fires a timer that another one set, within the same advance", async () => {
  const clock = new ManualClock();
  let ticks = 0;
  const tick = (): void => {
    ticks++;
    clock.setTimer(tick, 10);
  };
  tick();
  await clock.advance(100);
  expect(ticks).toBe(11);
});

test("ManualClock.setWallClock moves the wall clock alone", async () => {
  const clock = new ManualClock(0);
  await clock.advance(5);
  clock.setWallClock(1_000_000);
  expect([clock.now(), clock.monotonicMs()]).toEqual([1_000_000, 5]);
});

test("sleep ends at once when its signal fires, and leaves no timer", async () => {
  const clock = new ManualClock();
  const controller = new AbortController();
  const sleeping = sleep(clock, 1_000, controller.signal);
  controller.abort(new Error("enough"));
  await expect(sleeping).rejects.toThrow("enough");
  expect(clock.pendingTimers).toBe(0);
  await expect(sleep(clock, 1_000, controller.signal)).rejects.toThrow("enough");
});

test("sleep resolves when the time has come", async () => {
  const clock = new ManualClock();
  let woke = false;
  const sleeping = sleep(clock, 1_000).then(() => {
    woke = true;
  });
  await clock.advance(999);
  expect(woke).toBe(false);
  await clock.advance(1);
  await sleeping;
  expect(woke).toBe(true);
});

test("systemClock does not fire a timer of more than 24.8 days at once", async () => {
  let fired = false;
  using _timer = systemClock.setTimer(() => {
    fired = true;
  }, 2 ** 32);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(fired).toBe(false);
});
