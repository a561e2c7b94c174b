import { ManualClock } from "@berth/base";
import { describe, expect, test } from "vitest";
import { MemoryWatch } from "./memory-watch.ts";

/** A thread whose memory a test sets, watched with a limit of 100 MiB. */
function watchThread(memoryMb = 100) {
  const clock = new ManualClock();
  const watch = new MemoryWatch(clock);
  const state = { usedMb: 10, hasRun: true, looks: 0, collections: 0, over: [] as number[] };
  let collected = Promise.withResolvers<void>();
  const watching = watch.watch({
    memoryMb,
    hasRun: () => state.hasRun,
    usedMb: async () => {
      state.looks++;
      return state.usedMb;
    },
    collect: () => {
      state.collections++;
      return collected.promise;
    },
    onOver: (usedMb) => state.over.push(usedMb),
  });
  const look = async (usedMb = state.usedMb): Promise<void> => {
    state.usedMb = usedMb;
    await clock.advance(25);
  };
  const collectTo = async (usedMb: number): Promise<void> => {
    state.usedMb = usedMb;
    collected.resolve();
    collected = Promise.withResolvers();
    await clock.advance(0);
  };
  return { clock, watch, watching, state, look, collectTo };
}

describe("MemoryWatch", () => {
  test("ends a thread that fills up without a pause, though it was asked to collect its garbage", async () => {
    const { state, look } = watchThread();
    for (const usedMb of [40, 70, 99, 108]) await look(usedMb);
    expect(state).toMatchObject({ collections: 1, over: [] });
    await look(114);
    await look(114);
    expect(state.over).toEqual([114]);
    await look(200);
    expect(state.over).toEqual([114]);
  });

  test("waits for nobody that is far over", async () => {
    const { state, look } = watchThread();
    await look(150.2);
    expect(state).toMatchObject({ collections: 0, over: [151] });
  });

  test("lets one go on that was full of garbage, again and again", async () => {
    const { state, look, collectTo } = watchThread();
    for (let round = 0; round < 20; round++) {
      for (const usedMb of [60, 85, 110]) await look(usedMb);
      await collectTo(55);
    }
    expect(state).toMatchObject({ collections: 20, over: [] });
  });

  test("ends one that holds more after a collection", async () => {
    const { state, look, collectTo } = watchThread();
    await look(105);
    await collectTo(102);
    await look(102);
    expect(state).toMatchObject({ collections: 1, over: [102] });
  });

  test("does not have one collect in vain that holds much of what it may", async () => {
    const { state, look, collectTo } = watchThread();
    await look(92);
    await collectTo(90);
    for (let n = 0; n < 100; n++) await look(95);
    expect(state).toMatchObject({ collections: 1, over: [] });
  });

  test("looks at one that sleeps once a second", async () => {
    const { clock, state } = watchThread();
    state.hasRun = false;
    await clock.advance(10_000);
    expect(state.looks).toBe(10);
  });

  test("looks less often at one that has room for more than it can fill meanwhile", async () => {
    const { state, look } = watchThread(1_000);
    for (let n = 0; n < 9; n++) await look(50);
    expect(state.looks).toBe(3);
    for (let n = 0; n < 4; n++) await look(790);
    expect(state.looks).toBe(4);
    for (let n = 0; n < 4; n++) await look(790);
    expect(state.looks).toBe(8);
    await look(1_200);
    expect(state.over).toEqual([1_200]);
  });

  test("has no timer when there is nothing to watch", async () => {
    const { clock, watch, watching } = watchThread();
    watching[Symbol.dispose]();
    expect(clock.pendingTimers).toBe(0);
    watch[Symbol.dispose]();
  });
});
