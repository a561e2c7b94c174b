import { expect, test } from "vitest";
import { SerialQueue } from "./serial-queue.ts";

test("SerialQueue runs tasks one after the other, also after one that failed", async () => {
  const queue = new SerialQueue();
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = queue.run(async () => {
    log.push("first begins");
    await gate.promise;
    log.push("first ends");
    throw new Error("boom");
  });
  const second = queue.run(() => void log.push("second"));
  expect(queue.size).toBe(2);
  gate.resolve();
  await expect(first).rejects.toThrow("boom");
  await second;
  expect(log).toEqual(["first begins", "first ends", "second"]);
  expect(queue.size).toBe(0);
});
