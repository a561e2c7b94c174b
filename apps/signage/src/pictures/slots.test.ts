import { describe, expect, test } from "vitest";
import { Slots } from "./slots.ts";

/** Whether a promise has settled after all reactions that are ready have run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = (): void => void (settled = true);
  promise.then(note, note);
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe("Slots", () => {
  test("lets as many in as it is wide, the others in their order", async () => {
    const slots = new Slots(2);
    const first = await slots.take();
    await slots.take();
    const third = slots.take();
    const fourth = slots.take();
    expect(await isSettled(third)).toBe(false);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect([await isSettled(third), await isSettled(fourth)]).toEqual([true, false]);
  });

  test("rejects a waiter whose signal fires, and gives its turn to the next", async () => {
    const slots = new Slots(1);
    const held = await slots.take();
    const controller = new AbortController();
    const gone = slots.take(controller.signal);
    const next = slots.take();
    controller.abort(new Error("enough"));
    await expect(gone).rejects.toThrow("enough");
    held[Symbol.dispose]();
    expect(await isSettled(next)).toBe(true);
  });

  test("rejects at once when the signal has fired already", async () => {
    await expect(new Slots(1).take(AbortSignal.abort(new Error("over")))).rejects.toThrow("over");
  });
});
