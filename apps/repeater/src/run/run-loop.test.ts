import { describe, expect, test } from "vitest";
import { LoopRig } from "../../test/loop-rig.ts";
import { Ticker } from "../modes/ticker.ts";
import type { CatchUp, Schedule } from "../modes/schedule.ts";

function ticker(rig: LoopRig, everyMs: number, catchUp: CatchUp = "one"): Ticker {
  return new Ticker({ clock: rig.clock, everyMs, catchUp });
}

/** Waits as a plugin of retries gives them. */
function retries(...delays: number[]): Schedule {
  const left = [...delays];
  return {
    needsResult: true,
    next: () => {
      const delayMs = left.shift();
      return delayMs === undefined ? undefined : { delayMs, endsOnSuccess: true };
    },
  };
}

describe("runLoop", () => {
  test("runs at once and then at fixed distances, whatever runs take [RPT-1]", async () => {
    const rig = new LoopRig();
    const loop = rig.start(ticker(rig, 1_000), (number) => ({ takesMs: number * 100 }), { times: 4 });
    await rig.clock.advance(10_000);
    expect(await loop).toMatchObject({ reason: "times" });
    expect(rig.began).toEqual([0, 1_000, 2_000, 3_000]);
  });

  test("ends with the last run, not when the next would be due [RPT-20]", async () => {
    const rig = new LoopRig();
    void rig.start(ticker(rig, 86_400_000), () => ({ takesMs: 5 }), { times: 1 });
    await rig.clock.advance(5);
    expect(rig.outcome).toMatchObject({ reason: "times" });
    expect(rig.clock.pendingTimers).toBe(0);
  });

  test("ends before a time that lies past its end, without waiting for it", async () => {
    const rig = new LoopRig();
    void rig.start(ticker(rig, 7_000), undefined, { forMs: 10_000 });
    await rig.clock.advance(7_000);
    expect(rig.outcome).toMatchObject({ reason: "for" });
    expect(rig.began).toEqual([0, 7_000]);
  });

  test.each([
    ["one", [0, 2_500, 3_000, 4_000]],
    ["all", [0, 2_500, 2_500, 3_000]],
    ["none", [0, 3_000, 4_000, 5_000]],
  ] as const)("never runs two at once, and makes up for passed times by the rule %s", async (catchUp, began) => {
    const rig = new LoopRig();
    const loop = rig.start(ticker(rig, 1_000, catchUp), (number) => ({ takesMs: number === 1 ? 2_500 : 0 }), {
      times: 4,
    });
    await rig.clock.advance(20_000);
    await loop;
    expect({ began: rig.began, most: rig.mostAtOnce }).toEqual({ began, most: 1 });
  });

  test("lets as many run side by side as it is told, and no more", async () => {
    const rig = new LoopRig();
    const loop = rig.start(ticker(rig, 0), () => ({ takesMs: 100 }), { times: 10, parallel: 4 });
    await rig.clock.advance(1_000);
    await loop;
    expect({ most: rig.mostAtOnce, runs: rig.counters.runs, last: rig.ended.at(-1) }).toEqual({
      most: 4,
      runs: 10,
      last: 300,
    });
  });

  test("begins the next as soon as one of those side by side has ended, whichever it is", async () => {
    const rig = new LoopRig();
    const loop = rig.start(ticker(rig, 0), (number) => ({ takesMs: number === 1 ? 1_000 : 100 }), {
      times: 5,
      parallel: 2,
    });
    await rig.clock.advance(1_000);
    await loop;
    expect([rig.began, rig.ended]).toEqual([
      [0, 0, 100, 200, 300],
      [100, 200, 300, 400, 1_000],
    ]);
  });

  test("ends retries with the first success, which is the one that counts", async () => {
    const rig = new LoopRig();
    const loop = rig.start(retries(0, 100, 200, 400), (number) => ({ success: number === 3 }));
    await rig.clock.advance(10_000);
    expect(await loop).toEqual({ reason: "success", reachedSuccess: true, wantedSuccess: true });
    expect(rig.began).toEqual([0, 100, 300]);
  });

  test("ends retries at once when none is left", async () => {
    const rig = new LoopRig();
    void rig.start(retries(0, 100), () => ({ success: false }));
    await rig.clock.advance(100);
    expect(rig.outcome).toEqual({ reason: "schedule", reachedSuccess: false, wantedSuccess: true });
  });

  test("ends after so many failures in a row, and a success begins anew", async () => {
    const rig = new LoopRig();
    const loop = rig.start(ticker(rig, 10), (number) => ({ success: number === 2 }), { maxConsecutiveFailures: 3 });
    await rig.clock.advance(1_000);
    expect(await loop).toMatchObject({ reason: "failures" });
    expect(rig.counters.runs).toBe(5);
  });

  test("waits as long as a run asked, and then goes on at its distances", async () => {
    const rig = new LoopRig();
    const loop = rig.start(ticker(rig, 500), (number) => (number === 2 ? { holdMs: 5_200 } : {}), { times: 5 });
    await rig.clock.advance(20_000);
    await loop;
    expect(rig.began).toEqual([0, 500, 5_700, 6_000, 6_500]);
  });

  test("gives the run under way its grace time when it is stopped", async () => {
    const rig = new LoopRig();
    const loop = rig.start(ticker(rig, 60_000), () => ({ takesMs: 4_000 }));
    await rig.clock.advance(1_000);
    rig.stop.abort("signal");
    await rig.clock.advance(20_000);
    expect(await loop).toMatchObject({ reason: "signal" });
    expect({ ended: rig.ended, successes: rig.counters.successes }).toEqual({ ended: [4_000], successes: 1 });
  });

  test("ends a run that goes on past its grace time, which is no failure of it", async () => {
    const rig = new LoopRig();
    const loop = rig.start(ticker(rig, 60_000), () => ({ takesMs: 100_000 }), { forMs: 1_000 });
    await rig.clock.advance(20_000);
    expect(await loop).toMatchObject({ reason: "for" });
    expect({ ended: rig.ended, failures: rig.counters.failures }).toEqual({ ended: [11_000], failures: 0 });
  });

  test("leaves no timer behind, whatever ended it", async () => {
    const rig = new LoopRig();
    const loop = rig.start(ticker(rig, 1_000), undefined, { forMs: 500_000, until: 400_000, untilSuccess: true });
    await rig.clock.advance(0);
    await loop;
    expect(rig.clock.pendingTimers).toBe(0);
  });

  test("lengthens waits by chance, and does not shift what comes after", async () => {
    const rig = new LoopRig();
    const draws = [0.5, 0.1, 0.9];
    const options = { jitter: { share: 0.2 }, random: () => draws.shift() ?? 0, times: 4 };
    const loop = rig.start(ticker(rig, 1_000), undefined, options);
    await rig.clock.advance(20_000);
    await loop;
    expect(rig.began.map(Math.round)).toEqual([0, 1_100, 2_018, 3_177]);
  });

  test("ends what runs when its state cannot be written, and then throws", async () => {
    const rig = new LoopRig();
    const beforeRun = (): void => {
      throw new Error("disk full");
    };
    await expect(rig.start(ticker(rig, 0), undefined, { beforeRun })).rejects.toThrow("disk full");
  });
});
