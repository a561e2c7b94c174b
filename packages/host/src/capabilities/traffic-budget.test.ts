import { ManualClock } from "@berth/base";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { never } from "../../test/open-capabilities.ts";
import { TrafficBudget } from "./traffic-budget.ts";

const MIB = 1_048_576;

describe("TrafficBudget", () => {
  test("lets a quarter of a second's worth pass at once, and the rest at the rate", async () => {
    const clock = new ManualClock();
    const slowed: [number, number][] = [];
    const budget = new TrafficBudget(MIB, clock, (allowed, wanted) => slowed.push([allowed, wanted]));
    let moved = 0;
    const done = (async () => {
      for (; moved < 3 * MIB; moved += MIB / 16) await budget.moved(MIB / 16, never());
    })();
    await clock.advance(0);
    expect(moved).toBe(MIB / 4);
    await clock.advance(1_000);
    expect(moved).toBe(MIB / 4 + MIB);
    await clock.advance(1_750);
    await done;
    expect(slowed[0]).toEqual([MIB, MIB + MIB / 16]);
  });

  test("counts both directions together, and lets those who wait go on in the order they came", async () => {
    const clock = new ManualClock();
    const budget = new TrafficBudget(1_000, clock);
    const order: string[] = [];
    const move = (name: string, bytes: number) => budget.moved(bytes, never()).then(() => order.push(name));
    const all = [move("sent", 2_000), move("received", 10), move("sent again", 500)];
    await clock.advance(1_749);
    expect(order).toEqual([]);
    await clock.advance(1);
    expect(order).toEqual(["sent"]);
    await clock.advance(10);
    expect(order).toEqual(["sent", "received"]);
    await clock.advance(500);
    await Promise.all(all);
    expect(clock.pendingTimers).toBe(0);
  });

  test("lets whoever waits give up, and leaves no timer", async () => {
    const clock = new ManualClock();
    const budget = new TrafficBudget(1_000, clock);
    const giveUp = new AbortController();
    const waiting = budget.moved(100_000, giveUp.signal);
    giveUp.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    expect(clock.pendingTimers).toBe(0);
  });

  test("never lets more pass in a while than the rate and one burst, however it is asked", async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(sizes, async (parts) => {
        const clock = new ManualClock();
        const budget = new TrafficBudget(10_000, clock);
        let passed = 0;
        const all = (async () => {
          for (const part of parts) {
            await budget.moved(part, never());
            passed += part;
          }
        })();
        for (let ms = 0; clock.pendingTimers > 0 || ms === 0; ms += 50) {
          await clock.advance(50);
          expect(passed).toBeLessThanOrEqual((10_000 * (ms + 50)) / 1_000 + 2_500);
        }
        await all;
      }),
      { numRuns: 50 },
    );
  });
});
