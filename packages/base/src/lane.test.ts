import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Lane } from "./lane.ts";

function openLane({ maxItems = 10, maxBytes = 1_000 } = {}) {
  const due: (() => void)[] = [];
  const taken: [item: number, dropped: number][] = [];
  const dropped: number[] = [];
  const caughtUp: number[] = [];
  let gate: Promise<void> | undefined;
  const lane = new Lane<number>({
    maxItems,
    maxBytes,
    deliver: (item, lost) => {
      taken.push([item, lost]);
      return gate;
    },
    schedule: (run) => due.push(run),
    onDrop: (item) => dropped.push(item),
    onCaughtUp: (lost) => caughtUp.push(lost),
  });
  const run = (): void => due.splice(0).forEach((each) => each());
  const hold = (until: Promise<void> | undefined): void => {
    gate = until;
  };
  return { lane, taken, dropped, caughtUp, run, hold };
}

describe("Lane [RPT-55, OPS-19]", () => {
  test("delivers in order, and never while an item is offered; then it is idle", async () => {
    const { lane, taken, run } = openLane();
    await lane.idle();
    for (const item of [1, 2, 3]) lane.offer(item, 1);
    let isIdle = false;
    const idle = lane.idle().then(() => (isIdle = true));
    await Promise.resolve();
    expect([taken, isIdle]).toEqual([[], false]);
    run();
    await idle;
    expect(taken).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
  });

  test("drops the oldest beyond its number, and tells so with the next item", () => {
    const { lane, taken, dropped, caughtUp, run } = openLane({ maxItems: 2 });
    for (const item of [1, 2, 3, 4]) lane.offer(item, 1);
    run();
    expect({ taken, dropped, caughtUp, total: lane.dropped }).toEqual({
      taken: [
        [3, 2],
        [4, 0],
      ],
      dropped: [1, 2],
      caughtUp: [2],
      total: 2,
    });
  });

  test("drops the oldest beyond its bytes, but keeps the newest however large it is", () => {
    const { lane, taken, dropped, run } = openLane({ maxBytes: 100 });
    lane.offer(1, 60);
    lane.offer(2, 40);
    lane.offer(3, 10);
    lane.offer(4, 5_000);
    run();
    expect([dropped, taken]).toEqual([[1, 2, 3], [[4, 3]]]);
  });

  test("waits for an item that takes its time, and counts what waits meanwhile against its bounds", async () => {
    const { lane, taken, dropped, run, hold } = openLane({ maxItems: 3 });
    const gate = Promise.withResolvers<void>();
    hold(gate.promise);
    for (const item of [1, 2, 3]) lane.offer(item, 1);
    run();
    for (const item of [4, 5, 6]) lane.offer(item, 1);
    expect([taken, dropped]).toEqual([[[1, 0]], [2, 3]]);
    hold(undefined);
    gate.resolve();
    await gate.promise;
    await Promise.resolve();
    run();
    expect(taken).toEqual([
      [1, 0],
      [4, 2],
      [5, 0],
      [6, 0],
    ]);
  });

  test("delivers nothing after its end, and gives back what waited and what comes", () => {
    const { lane, taken, dropped, run } = openLane();
    lane.offer(1, 1);
    lane[Symbol.dispose]();
    lane.offer(2, 1);
    run();
    expect([taken, dropped]).toEqual([[], [1, 2]]);
  });

  test("every item is delivered or dropped, once, and those delivered are in order", () => {
    const step = fc.oneof(fc.record({ offer: fc.nat(60) }), fc.constant("run" as const));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const { lane, taken, dropped, run } = openLane({ maxItems: 5, maxBytes: 100 });
        let last = 0;
        for (const each of steps) {
          if (each === "run") run();
          else lane.offer(++last, each.offer);
        }
        run();
        const items = taken.map(([item]) => item);
        expect(items).toEqual(items.toSorted((a, b) => a - b));
        expect([...items, ...dropped].toSorted((a, b) => a - b)).toEqual(Array.from({ length: last }, (_, i) => i + 1));
        expect(taken.reduce((sum, [, lost]) => sum + lost, 0)).toBe(dropped.length);
      }),
    );
  });
});
