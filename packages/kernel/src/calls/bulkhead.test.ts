import { ManualClock } from "@berth/base";
import { describe, expect, test } from "vitest";
import { Bulkhead } from "./bulkhead.ts";

function seeker(log: string[], name: string): { onPlace: () => void; onTooLong: () => void } {
  return { onPlace: () => log.push(`${name} in`), onTooLong: () => log.push(`${name} too long`) };
}

describe("Bulkhead", () => {
  test("admits those who wait in their order, and nobody overtakes them", () => {
    const bulkhead = new Bulkhead({ maxInFlight: 1, maxQueued: 3 }, new ManualClock());
    const log: string[] = [];
    expect(bulkhead.tryEnter()).toBe(true);
    for (const name of ["a", "b", "c"]) bulkhead.queue(Infinity, seeker(log, name));
    expect({ isFull: bulkhead.isFull, overtakes: bulkhead.tryEnter() }).toEqual({ isFull: true, overtakes: false });
    bulkhead.leave();
    bulkhead.leave();
    expect(log).toEqual(["a in", "b in"]);
    expect({ inFlight: bulkhead.inFlight, queued: bulkhead.queued }).toEqual({ inFlight: 1, queued: 1 });
  });

  test("lets one who waits go without touching the others", async () => {
    const clock = new ManualClock();
    const bulkhead = new Bulkhead({ maxInFlight: 1, maxQueued: 3 }, clock);
    const log: string[] = [];
    bulkhead.tryEnter();
    const a = bulkhead.queue(50, seeker(log, "a"));
    bulkhead.queue(100, seeker(log, "b"));
    a[Symbol.dispose]();
    bulkhead.leave();
    await clock.advance(1_000);
    expect({ log, timers: clock.pendingTimers }).toEqual({ log: ["b in"], timers: 0 });
  });

  test("ends a wait that takes too long", async () => {
    const clock = new ManualClock();
    const bulkhead = new Bulkhead({ maxInFlight: 1, maxQueued: 1 }, clock);
    const log: string[] = [];
    bulkhead.tryEnter();
    bulkhead.queue(50, seeker(log, "a"));
    await clock.advance(50);
    expect({ log, queued: bulkhead.queued }).toEqual({ log: ["a too long"], queued: 0 });
  });

  test("stays flat on the stack when ten thousand who wait are over at once", () => {
    const bulkhead = new Bulkhead({ maxInFlight: 1, maxQueued: 10_000 }, new ManualClock());
    let admitted = 0;
    bulkhead.tryEnter();
    const onPlace = (): void => {
      admitted++;
      bulkhead.leave();
    };
    for (let i = 0; i < 10_000; i++) bulkhead.queue(Infinity, { onPlace, onTooLong: () => undefined });
    bulkhead.leave();
    expect({ admitted, inFlight: bulkhead.inFlight }).toEqual({ admitted: 10_000, inFlight: 0 });
  });
});
