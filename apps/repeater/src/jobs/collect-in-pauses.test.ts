import { ManualClock } from "@berth/base";
import { expect, test } from "vitest";
import type { CollectGarbage } from "../run/collect-garbage.ts";
import { CollectInPauses } from "./collect-in-pauses.ts";

/** When garbage was collected, where something is due every `everyMs`. */
class Rig {
  readonly clock = new ManualClock(0);
  readonly collected: number[] = [];
  readonly pauses: CollectInPauses;

  constructor(everyMs: number) {
    const pauseMs = (): number => everyMs - (this.clock.monotonicMs() % everyMs);
    const open = () => Promise.resolve(() => void this.collected.push(this.clock.monotonicMs()));
    this.pauses = new CollectInPauses(this.clock, pauseMs, open);
  }

  run(times: number): void {
    for (let run = 0; run < times; run++) this.pauses.afterRun();
  }
}

test("CollectInPauses collects in the middle of the pause after a hundred runs, twice in one go", async () => {
  const rig = new Rig(600);
  rig.run(99);
  await rig.clock.advance(600);
  rig.run(150);
  await rig.clock.advance(600);
  rig.run(20);
  await rig.clock.advance(600);
  expect(rig.collected).toEqual([900, 900]);
});

test("CollectInPauses waits half a second at most, and does not collect where something is due soon", async () => {
  const long = new Rig(3_600_000);
  long.run(100);
  await long.clock.advance(3_000);
  const short = new Rig(39);
  short.run(10_000);
  await short.clock.advance(3_000);
  expect([long.collected, short.collected, short.clock.pendingTimers]).toEqual([[500, 500], [], 0]);
});

test("CollectInPauses leaves it for the next pause when something is due soon by then", async () => {
  const clock = new ManualClock(0);
  const collected: number[] = [];
  let dueMs = 600;
  const open = () => Promise.resolve(() => void collected.push(clock.monotonicMs()));
  await using pauses = new CollectInPauses(clock, () => dueMs - clock.monotonicMs(), open);
  for (let run = 0; run < 100; run++) pauses.afterRun();
  dueMs = 310;
  await clock.advance(310);
  dueMs = 1_310;
  pauses.afterRun();
  await clock.advance(1_000);
  expect(collected).toEqual([810, 810]);
});

test("CollectInPauses that is disposed leaves no timer behind", async () => {
  const rig = new Rig(600);
  rig.run(100);
  await rig.pauses[Symbol.asyncDispose]();
  expect(rig.clock.pendingTimers).toBe(0);
});

test("CollectInPauses that is disposed waits for the collector that is being opened, and does not use it", async () => {
  const { promise: opened, resolve: open } = Promise.withResolvers<CollectGarbage>();
  const clock = new ManualClock(0);
  const done: string[] = [];
  const pauses = new CollectInPauses(
    clock,
    () => 600,
    () => opened,
  );
  for (let run = 0; run < 100; run++) pauses.afterRun();
  await clock.advance(300);
  const disposed = pauses[Symbol.asyncDispose]().then(() => done.push("disposed"));
  await clock.advance(0);
  done.push("opened");
  open(() => done.push("collected"));
  await disposed;
  expect(done).toEqual(["opened", "disposed"]);
});

test("CollectInPauses whose collector cannot be opened lets runs go on, asks no more, and tells it at the end", async () => {
  const clock = new ManualClock(0);
  let asked = 0;
  const open = () => Promise.reject(new Error(`refused ${++asked}`));
  const pauses = new CollectInPauses(clock, () => 600, open);
  for (let run = 0; run < 1_000; run++) {
    pauses.afterRun();
    await clock.advance(10);
  }
  await expect(pauses[Symbol.asyncDispose]()).rejects.toThrow("refused 1");
  expect([asked, clock.pendingTimers]).toEqual([1, 0]);
});
