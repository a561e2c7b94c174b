import { ManualClock } from "@berth/base";
import { describe, expect, test } from "vitest";
import { Shutdown } from "./shutdown.ts";

function openShutdown(stop: () => Promise<void>, { isStuck = false } = {}) {
  const clock = new ManualClock();
  const told: string[] = [];
  const shutdown = new Shutdown({
    clock,
    drainMs: () => 10_000,
    killAll: () => told.push("killed"),
    hasStuck: () => isStuck,
    onLeftBehind: (why) => told.push(why),
  });
  const pace = shutdown.begin();
  const ended = shutdown.run(stop).then(() => told.push("over"));
  return { clock, shutdown, pace, told, ended };
}

const never = (): Promise<void> => new Promise(() => undefined);

describe("Shutdown [RPT-7, FLX-19]", () => {
  test("gives calls the drain, hooks a moment more, ends the rest, and is over 4.1 s after the drain in any case", async () => {
    const { clock, pace, told, ended } = openShutdown(never);
    await clock.advance(9_999);
    expect(pace.drainOver.aborted).toBe(false);
    await clock.advance(1);
    expect(pace).toMatchObject({ drainOver: { aborted: true }, patienceOver: { aborted: false } });
    await clock.advance(1_200);
    expect(pace.patienceOver.aborted).toBe(true);
    expect(told).toEqual(["killed"]);
    await clock.advance(2_900);
    await ended;
    expect(told).toEqual(["killed", "it did not stop in its time", "over"]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("is over when all has stopped, without a word where nothing is left", async () => {
    const { clock, told, ended } = openShutdown(() => Promise.resolve());
    await ended;
    expect(told).toEqual(["over"]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("says that a thread is stuck, which the process must not wait for", async () => {
    const { told, ended } = openShutdown(() => Promise.resolve(), { isStuck: true });
    await ended;
    expect(told).toEqual([expect.stringContaining("nothing can end"), "over"]);
  });

  test("gives nobody any more time once it is hurried, and is over soon", async () => {
    const { clock, shutdown, pace, told, ended } = openShutdown(never);
    shutdown.hurry();
    shutdown.hurry();
    expect(pace).toMatchObject({ drainOver: { aborted: true }, patienceOver: { aborted: true } });
    expect(told).toEqual(["killed"]);
    await clock.advance(2_900);
    await ended;
    expect(clock.pendingTimers).toBe(0);
  });

  test("counts from its begin, whenever the stop itself comes, and stops once", async () => {
    const clock = new ManualClock();
    let stops = 0;
    const options = { clock, drainMs: () => 10_000, killAll: () => undefined, hasStuck: () => false };
    const shutdown = new Shutdown({ ...options, onLeftBehind: () => undefined });
    const pace = shutdown.begin();
    await clock.advance(6_000);
    const stop = async (): Promise<void> => {
      stops++;
      await new Promise<void>((resolve) => pace.drainOver.addEventListener("abort", () => resolve()));
    };
    const ended = Promise.all([shutdown.run(stop), shutdown.run(stop)]);
    await clock.advance(4_000);
    await ended;
    expect(stops).toBe(1);
  });

  test("leaves no timer when the host never came to be", () => {
    const clock = new ManualClock();
    const options = { clock, drainMs: () => 10_000, killAll: () => undefined, hasStuck: () => false };
    const shutdown = new Shutdown({ ...options, onLeftBehind: () => undefined });
    shutdown.begin();
    shutdown[Symbol.dispose]();
    expect(clock.pendingTimers).toBe(0);
  });
});
