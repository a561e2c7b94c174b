import { expect, test } from "vitest";
import { openCollectGarbage } from "./collect-garbage.ts";
import { LongMemory } from "./long-memory.ts";

/** Something that nothing refers to any more. */
function forgotten(): WeakRef<object> {
  return new WeakRef({ of: "a run" });
}

/** What a WeakRef was made for stays until its task is over. */
function taskOver(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test.each(["minor", "major"] as const)("openCollectGarbage collects at once what is young (%s)", async (type) => {
  const collect = openCollectGarbage();
  const run = forgotten();
  await taskOver();
  collect({ type });
  expect([run.deref(), "gc" in globalThis]).toEqual([undefined, false]);
});

test("LongMemory collects after each 5,000 runs, and has nothing to wait for after the others", async () => {
  const memory = new LongMemory();
  const run = forgotten();
  const waits: number[] = [];
  for (let number = 1; number <= 10_000; number++) {
    const waiting = memory.afterRun();
    if (!waiting) continue;
    waits.push(number);
    await taskOver();
    await waiting;
  }
  await taskOver();
  expect([waits, run.deref()]).toEqual([[5_000, 10_000], undefined]);
});
