import { readdirSync } from "node:fs";
import { ManualClock } from "@berth/base";
import { afterEach, describe, expect, test } from "vitest";
import { openProbe } from "../../test/worker/open-probe.ts";
import { WorkerPool } from "./worker-pool.ts";
import { WorkerRunner } from "./worker-runner.ts";
import { WorkerThread } from "./worker-thread.ts";

/** Threads of this process. */
const threads = (): number => readdirSync("/proc/self/task").length;

const clock = new ManualClock();
const runners: WorkerRunner[] = [];
function makeRunner(warm: number): WorkerRunner {
  const runner = new WorkerRunner({ warm, clock });
  runners.push(runner);
  return runner;
}
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner[Symbol.asyncDispose]()));
});

describe("The pool of threads", () => {
  test("is empty until a plugin was opened, and full again after each", async () => {
    const runner = makeRunner(2);
    expect(runner.warmThreads).toBe(0);
    for (let n = 0; n < 3; n++) {
      await using _probe = await openProbe(runner);
      await clock.advance(1_000);
      expect(runner.warmThreads).toBe(2);
    }
  });

  test("gives no thread to two plugins, of one after the other or at a time", async () => {
    const runner = makeRunner(2);
    const seen: unknown[] = [];
    for (let n = 0; n < 6; n++) {
      await using probe = await openProbe(runner);
      await using other = await openProbe(runner);
      seen.push(await probe.ask("thread"), await other.ask("thread"));
      expect(await probe.ask("steps")).toEqual([]);
      await probe.channel.initialize(new AbortController().signal);
    }
    expect(new Set(seen).size).toBe(12);
  });

  test("goes on where the system gives no more threads, and is full again when it does", async () => {
    let left = 1;
    await using pool = new WorkerPool(clock, 2, (options) => {
      if (left-- <= 0) throw new Error("no more threads");
      return new WorkerThread(options);
    });
    pool.refillLater(64);
    await clock.advance(1_000);
    expect(pool.size).toBe(1);
    left = 1;
    pool.refillLater(64);
    await clock.advance(1_000);
    expect(pool.size).toBe(2);
  });

  test("of size none keeps none", async () => {
    const runner = makeRunner(0);
    await using _probe = await openProbe(runner);
    await clock.advance(1_000);
    expect(runner.warmThreads).toBe(0);
  });

  test("has none for a plugin that may use more than its threads can hold", async () => {
    const runner = makeRunner(1);
    await using first = await openProbe(runner);
    await clock.advance(1_000);
    await using second = await openProbe(runner, { limits: { memory_mb: 4_096 } });
    expect(await second.ask("thread")).not.toBe(await first.ask("thread"));
    expect(runner.warmThreads).toBe(1);
  });

  test.runIf(process.platform === "linux")("leaves no thread behind, whatever happened to its plugins", async () => {
    // Threads of Node.js itself start with the first worker.
    const warmUp = makeRunner(0);
    await (await openProbe(warmUp))[Symbol.asyncDispose]();
    const before = threads();
    for (let n = 0; n < 5; n++) {
      const runner = makeRunner(2);
      const probes = await Promise.all([openProbe(runner), openProbe(runner), openProbe(runner)]);
      await probes[0].ask("exit", 1).catch(() => undefined);
      probes[1].ask("spin").catch(() => undefined);
      await runner[Symbol.asyncDispose]();
    }
    expect(threads()).toBe(before);
  });
});
