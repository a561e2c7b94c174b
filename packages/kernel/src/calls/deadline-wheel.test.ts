import { ManualClock } from "@berth/base";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DeadlineWheel, WheelEntry } from "./deadline-wheel.ts";

class Alarm extends WheelEntry {
  rang: number[] = [];
  readonly #clock: ManualClock;
  readonly #then: (() => void) | undefined;

  constructor(clock: ManualClock, then?: () => void) {
    super();
    this.#clock = clock;
    this.#then = then;
  }

  override expire(): void {
    this.rang.push(this.#clock.monotonicMs());
    this.#then?.();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("DeadlineWheel", () => {
  test("expires an entry at its time and not before", async () => {
    const clock = new ManualClock();
    const wheel = new DeadlineWheel(clock);
    const alarm = new Alarm(clock);
    wheel.add(alarm, 30_000);
    await clock.advance(29_999);
    expect(alarm.rang).toEqual([]);
    await clock.advance(1);
    expect(alarm.rang).toEqual([30_000]);
    expect(wheel.size).toBe(0);
  });

  test("holds one timer for any number of entries", () => {
    const clock = new ManualClock();
    const wheel = new DeadlineWheel(clock);
    for (let i = 0; i < 1_000; i++) wheel.add(new Alarm(clock), 1_000 - i / 2);
    expect(clock.pendingTimers).toBe(1);
    expect(wheel.size).toBe(1_000);
  });

  test("keeps no timer when the last entry has left and the turn is over [SIG-92]", async () => {
    const clock = new ManualClock();
    const wheel = new DeadlineWheel(clock);
    const alarm = new Alarm(clock);
    wheel.add(alarm, 30_000);
    wheel.remove(alarm);
    wheel.remove(alarm);
    await turn();
    expect({ timers: clock.pendingTimers, size: wheel.size }).toEqual({ timers: 0, size: 0 });
  });

  test("keeps its timer when an entry comes back within the turn", async () => {
    const clock = new ManualClock();
    const wheel = new DeadlineWheel(clock);
    const alarm = new Alarm(clock);
    wheel.add(alarm, 10);
    wheel.remove(alarm);
    wheel.add(alarm, 20);
    await turn();
    await clock.advance(20);
    expect(alarm.rang).toEqual([20]);
  });

  test("takes entries that are added while others expire", async () => {
    const clock = new ManualClock();
    const wheel = new DeadlineWheel(clock);
    const second = new Alarm(clock);
    const first = new Alarm(clock, () => wheel.add(second, 50));
    wheel.add(first, 10);
    await clock.advance(100);
    expect([first.rang, second.rang]).toEqual([[10], [50]]);
  });

  test("forgets everything when disposed", async () => {
    const clock = new ManualClock();
    const wheel = new DeadlineWheel(clock);
    const alarm = new Alarm(clock);
    wheel.add(alarm, 10);
    wheel.remove(alarm);
    wheel[Symbol.dispose]();
    wheel.add(alarm, 20);
    await clock.advance(100);
    expect({ rang: alarm.rang, timers: clock.pendingTimers }).toEqual({ rang: [], timers: 0 });
  });

  test("expires each entry once, never early and at most 4 ms late, whatever is added and removed", async () => {
    const step = fc.record({
      afterMs: fc.integer({ min: 0, max: 40 }),
      limitMs: fc.integer({ min: 0, max: 60 }),
      removedAfterMs: fc.option(fc.integer({ min: 0, max: 80 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        const clock = new ManualClock();
        const wheel = new DeadlineWheel(clock);
        const kept: { alarm: Alarm; dueMs: number; removedMs: number }[] = [];
        for (const { afterMs, limitMs, removedAfterMs } of steps) {
          await clock.advance(afterMs);
          const nowMs = clock.monotonicMs();
          const alarm = new Alarm(clock);
          wheel.add(alarm, nowMs + limitMs);
          if (removedAfterMs !== undefined) clock.setTimer(() => wheel.remove(alarm), removedAfterMs);
          kept.push({ alarm, dueMs: nowMs + limitMs, removedMs: nowMs + (removedAfterMs ?? Infinity) });
        }
        await clock.advance(500);
        for (const { alarm, dueMs, removedMs } of kept) {
          if (removedMs < dueMs) expect(alarm.rang).toEqual([]);
          else if (removedMs > dueMs + 4) expect(alarm.rang).toHaveLength(1);
          for (const rang of alarm.rang) expect(rang - dueMs).toSatisfy((late: number) => late >= 0 && late <= 4);
        }
        expect({ timers: clock.pendingTimers, size: wheel.size }).toEqual({ timers: 0, size: 0 });
      }),
      { numRuns: 60 },
    );
  });
});
