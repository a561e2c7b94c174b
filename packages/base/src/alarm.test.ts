import { expect, test } from "vitest";
import { Alarm } from "./alarm.ts";
import { systemClock } from "./clock.ts";
import { ManualClock } from "./manual-clock.ts";

const START = Date.UTC(2026, 0, 1);

test("Alarm fires once when the wall clock shows its time, which no timer of the clock stands at", async () => {
  const clock = new ManualClock(START);
  const fired: number[] = [];
  using _alarm = new Alarm(clock, () => fired.push(clock.now() - START), START + 1_000);
  await clock.advance(996);
  expect({ fired, timers: clock.pendingTimers }).toEqual({ fired: [], timers: 0 });
  await clock.advance(3.9);
  expect(fired).toEqual([]);
  await clock.advance(0.1);
  await clock.advance(1_000);
  expect(fired).toEqual([1_000]);
});

test("Alarm leaves a short wait to a timer, and one for a time that is past", async () => {
  const clock = new ManualClock(START);
  const fired: number[] = [];
  const onFire = (): void => void fired.push(clock.now() - START);
  using _soon = new Alarm(clock, onFire, START + 249);
  using _past = new Alarm(clock, onFire, START - 5);
  await clock.advance(248);
  expect({ fired, timers: clock.pendingTimers }).toEqual({ fired: [0], timers: 1 });
  await clock.advance(1);
  expect(fired).toEqual([0, 249]);
});

test("Alarm tells once that it is near, milliseconds before it fires, and nothing of a wait that is short anyway", async () => {
  const clock = new ManualClock(START);
  const told: string[] = [];
  const tell = (what: string) => (): void => void told.push(`${what} ${clock.now() - START}`);
  using _long = new Alarm(clock, tell("fire"), START + 1_000, tell("near"));
  using _short = new Alarm(clock, tell("short"), START + 200, tell("never"));
  await clock.advance(996);
  await clock.advance(4);
  expect(told).toEqual(["short 200", "near 996", "fire 1000"]);
});

test("Alarm that is disposed when it is near does not fire", async () => {
  const clock = new ManualClock(START);
  let fired = 0;
  const alarm: Alarm = new Alarm(
    clock,
    () => fired++,
    START + 1_000,
    () => alarm[Symbol.dispose](),
  );
  await clock.advance(2_000);
  expect({ fired, timers: clock.pendingTimers }).toEqual({ fired: 0, timers: 0 });
});

test("Alarm gives up its turns when the clock is set back: whoever set it looks at the clock again", async () => {
  const clock = new ManualClock(START);
  const fired: number[] = [];
  using _alarm = new Alarm(clock, () => fired.push(clock.monotonicMs()), START + 1_000);
  await clock.advance(996);
  clock.setWallClock(START - 3_600_000);
  await clock.advance(7);
  expect(fired).toEqual([]);
  await clock.advance(1);
  expect(fired).toEqual([1_004]);
});

test.each([10, 999])(
  "Alarm that is disposed %d ms after it was set does not fire, and leaves nothing behind",
  async (afterMs) => {
    const clock = new ManualClock(START);
    let fired = 0;
    const alarm = new Alarm(clock, () => fired++, START + 1_000);
    await clock.advance(afterMs);
    alarm[Symbol.dispose]();
    alarm[Symbol.dispose]();
    await clock.advance(2_000);
    expect({ fired, timers: clock.pendingTimers }).toEqual({ fired: 0, timers: 0 });
  },
);

test("systemClock.setAlarm is not early where it looks at the clock: a timer alone, as for shorter waits, may be", async () => {
  const atMs = Date.now() + 300;
  await new Promise<void>((resolve) => void systemClock.setAlarm!(resolve, atMs));
  expect(Date.now()).toBeGreaterThanOrEqual(atMs);
});
