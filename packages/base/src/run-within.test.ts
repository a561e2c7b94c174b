import { expect, test } from "vitest";
import { ManualClock } from "./manual-clock.ts";
import { runWithin } from "./run-within.ts";

const onTimeout = (): Error => new Error("too slow");

test("runWithin settles at the limit although the work does not listen, and leaves no timer", async () => {
  const clock = new ManualClock();
  let reason: unknown;
  const result = runWithin({ clock, limitMs: 50, onTimeout }, async (signal) => {
    signal.addEventListener("abort", () => {
      reason = signal.reason;
    });
    return new Promise<never>(() => undefined);
  });
  const refused = expect(result).rejects.toThrow("too slow");
  await clock.advance(50);
  await refused;
  expect(reason).toEqual(new Error("too slow"));
  expect(clock.pendingTimers).toBe(0);
});

test("runWithin passes the result on, and the caller's reason when it gives up", async () => {
  const clock = new ManualClock();
  await expect(runWithin({ clock, limitMs: 50, onTimeout }, async () => 7)).resolves.toBe(7);
  const controller = new AbortController();
  const result = runWithin(
    { clock, limitMs: 50, signal: controller.signal, onTimeout },
    () => new Promise<never>(() => undefined),
  );
  controller.abort(new Error("enough"));
  await expect(result).rejects.toThrow("enough");
  expect(clock.pendingTimers).toBe(0);
  let began = false;
  const late = runWithin({ clock, limitMs: 50, signal: controller.signal, onTimeout }, async () => {
    began = true;
  });
  await expect(late).rejects.toThrow("enough");
  expect(began).toBe(false);
});
