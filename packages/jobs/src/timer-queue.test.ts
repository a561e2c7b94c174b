import { type Clock, ManualClock } from "@berth/base";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TimerQueue } from "./timer-queue.ts";

const START = Date.UTC(2026, 0, 1);

describe("TimerQueue", () => {
  test("fires in order of time, those of one time in the order they were added", async () => {
    const clock = new ManualClock(START);
    const queue = new TimerQueue(clock);
    const fired: string[] = [];
    for (const [name, afterMs] of [
      ["c", 300],
      ["a1", 100],
      ["b", 200],
      ["a2", 100],
      ["a3", 100],
    ] as const) {
      queue.add(START + afterMs, () => fired.push(`${name}@${clock.now() - START}`));
    }
    await clock.advance(1_000);
    expect(fired).toEqual(["a1@100", "a2@100", "a3@100", "b@200", "c@300"]);
    expect({ size: queue.size, timers: clock.pendingTimers }).toEqual({ size: 0, timers: 0 });
  });

  test("holds one timer for ten thousand entries and none when all are cancelled", () => {
    const clock = new ManualClock(START);
    const queue = new TimerQueue(clock);
    const entries = Array.from({ length: 10_000 }, (_, i) =>
      queue.add(START + ((i * 7_919) % 10_007), () => undefined),
    );
    expect({ size: queue.size, timers: clock.pendingTimers }).toEqual({ size: 10_000, timers: 1 });
    for (const entry of entries) {
      entry[Symbol.dispose]();
      entry[Symbol.dispose]();
    }
    expect({ size: queue.size, timers: clock.pendingTimers }).toEqual({ size: 0, timers: 0 });
  });

  test("keeps the order of those that stay when most are cancelled", async () => {
    const clock = new ManualClock(START);
    const queue = new TimerQueue(clock);
    const fired: number[] = [];
    const dueMs = (index: number): number => (index * 7_919) % 1_009;
    const entries = Array.from({ length: 500 }, (_, i) => queue.add(START + dueMs(i), () => fired.push(dueMs(i))));
    for (const [index, entry] of entries.entries()) if (index % 4 !== 0) entry[Symbol.dispose]();
    expect(queue.size).toBe(125);
    await clock.advance(2_000);
    expect(fired).toEqual(Array.from({ length: 125 }, (_, i) => dueMs(4 * i)).sort((a, b) => a - b));
  });

  test("does not fire early when its timer wakes up to a millisecond too soon", async () => {
    const manual = new ManualClock(START);
    const hasty: Clock = {
      now: () => manual.now(),
      monotonicMs: () => manual.monotonicMs(),
      setTimer: (fire, delayMs) => manual.setTimer(fire, delayMs - 0.9),
    };
    const queue = new TimerQueue(hasty);
    const fired: number[] = [];
    queue.add(START + 500, () => fired.push(manual.now() - START));
    await manual.advance(1_000);
    expect(fired).toHaveLength(1);
    expect(fired[0]).toBeGreaterThanOrEqual(500);
    expect(fired[0]).toBeLessThan(501);
  });

  test("is woken by an alarm where the clock has one, after a long sleep by a timer", async () => {
    const manual = new ManualClock(START);
    const alarms: number[] = [];
    const timers: number[] = [];
    const clock: Clock = {
      now: () => manual.now(),
      monotonicMs: () => manual.monotonicMs(),
      setTimer(fire, delayMs) {
        timers.push(delayMs);
        return manual.setTimer(fire, delayMs);
      },
      setAlarm(fire, atMs) {
        alarms.push(atMs - START);
        // Early, as an alarm may be.
        return manual.setTimer(fire, Math.max(0.5, atMs - manual.now() - 1));
      },
    };
    const queue = new TimerQueue(clock, { longestSleepMs: 60_000 });
    const fired: number[] = [];
    queue.add(START + 80_000, () => fired.push(manual.now() - START));
    await manual.advance(79_999);
    expect({ fired, timers, alarm: alarms[0] }).toEqual({ fired: [], timers: [60_000], alarm: 80_000 });
    await manual.advance(1);
    expect({ fired, pending: manual.pendingTimers }).toEqual({ fired: [80_000], pending: 0 });
  });

  test("notices within a minute that the clock was set forward, or the machine slept", async () => {
    const clock = new ManualClock(START);
    const drifts: number[][] = [];
    const queue = new TimerQueue(clock, { onClockSet: (byMs, sinceMs) => drifts.push([byMs, sinceMs - START]) });
    let firedAt = 0;
    queue.add(START + 3_600_000, () => {
      firedAt = clock.now();
    });
    await clock.advance(90_000);
    clock.setWallClock(START + 3_700_000);
    await clock.advance(60_000);
    expect(firedAt).toBe(START + 3_730_000);
    expect(drifts).toEqual([[3_700_000 - 90_000, 3_670_000]]);
  });

  test("waits by the clock as it was set back, and fires once", async () => {
    const clock = new ManualClock(START);
    const drifts: number[][] = [];
    const queue = new TimerQueue(clock, { onClockSet: (byMs, sinceMs) => drifts.push([byMs, sinceMs - START]) });
    const fired: number[] = [];
    queue.add(START + 30_000, () => fired.push(clock.now() - START));
    await clock.advance(10_000);
    clock.setWallClock(START - 100_000);
    queue.add(START + 29_000, () => fired.push(clock.now() - START));
    await clock.advance(500_000);
    expect(fired).toEqual([29_000, 30_000]);
    expect(drifts).toEqual([[-110_000, -110_000]]);
  });

  test("fires the others that are due when one throws, and the error surfaces", async () => {
    const clock = new ManualClock(START);
    const queue = new TimerQueue(clock);
    const bug = new Error("bug");
    let fired = 0;
    queue.add(START + 1, () => {
      throw bug;
    });
    queue.add(START + 1, () => fired++);
    const before = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    const uncaught = new Promise((resolve) => process.once("uncaughtException", resolve));
    await clock.advance(1);
    expect({ fired, error: await uncaught }).toEqual({ fired: 1, error: bug });
    for (const listener of before) process.on("uncaughtException", listener);
  });

  test("fires nothing once disposed, even among what is due together", async () => {
    const clock = new ManualClock(START);
    const queue = new TimerQueue(clock);
    const fired: string[] = [];
    queue.add(START + 1, () => {
      fired.push("first");
      queue[Symbol.dispose]();
    });
    queue.add(START + 1, () => fired.push("second"));
    await clock.advance(10);
    queue.add(START + 20, () => fired.push("third"));
    await clock.advance(100);
    expect({ fired, timers: clock.pendingTimers }).toEqual({ fired: ["first"], timers: 0 });
  });

  test("lets one that is due cancel another that is due", async () => {
    const clock = new ManualClock(START);
    const queue = new TimerQueue(clock);
    const fired: string[] = [];
    queue.add(START + 1, () => {
      fired.push("first");
      second[Symbol.dispose]();
    });
    const second = queue.add(START + 1, () => fired.push("second"));
    queue.add(START + 2, () => fired.push("third"));
    await clock.advance(10);
    expect({ fired, size: queue.size }).toEqual({ fired: ["first", "third"], size: 0 });
  });

  test("fires each entry exactly once at its time unless cancelled before, whatever the order of adding", async () => {
    const entry = fc.record({
      afterMs: fc.integer({ min: 0, max: 200 }),
      dueInMs: fc.integer({ min: -50, max: 400 }),
      cancelledAfterMs: fc.option(fc.integer({ min: 0, max: 400 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 40 }), async (entries) => {
        const clock = new ManualClock(START);
        const queue = new TimerQueue(clock);
        const expected: (number | undefined)[] = [];
        const fired: number[][] = entries.map(() => []);
        for (const [index, { afterMs, dueInMs, cancelledAfterMs }] of entries.entries()) {
          clock.setTimer(() => {
            const dueMs = clock.now() + dueInMs;
            const added = queue.add(dueMs, () => fired[index]!.push(clock.now()));
            const cancelledAt = clock.now() + (cancelledAfterMs ?? Infinity);
            if (cancelledAfterMs !== undefined) clock.setTimer(() => added[Symbol.dispose](), cancelledAfterMs);
            // Both at one time may go either way.
            const fireAt = Math.max(dueMs, clock.now());
            expected[index] = cancelledAt > fireAt ? fireAt : cancelledAt < fireAt ? undefined : Number.NaN;
          }, afterMs);
        }
        await clock.advance(1_000);
        for (const [index, at] of expected.entries()) {
          if (Number.isNaN(at)) expect(fired[index]!.length).toBeLessThanOrEqual(1);
          else expect(fired[index]).toEqual(at === undefined ? [] : [at]);
        }
        expect({ size: queue.size, timers: clock.pendingTimers }).toEqual({ size: 0, timers: 0 });
      }),
      { numRuns: 60 },
    );
  });
});
