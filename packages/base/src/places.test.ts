import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Places } from "./places.ts";

/** Whether a promise has settled after all reactions that are ready have run. */
async function isSettled(promise: unknown): Promise<boolean> {
  let settled = false;
  const note = (): void => void (settled = true);
  Promise.resolve(promise).then(note, note);
  await setImmediate();
  return settled;
}

describe("Places", () => {
  test("lets as many in as there are, at once, and the others in their order", async () => {
    const places = new Places(2);
    const leave = places.enter() as () => void;
    expect(places.enter()).toBeTypeOf("function");
    const third = places.enter();
    const fourth = places.enter();
    expect([await isSettled(third), places.waiting]).toEqual([false, 2]);
    leave();
    // Whoever comes when a place has been passed on waits behind the others.
    const fifth = places.enter();
    expect([await isSettled(third), await isSettled(fourth), await isSettled(fifth)]).toEqual([true, false, false]);
    (await third)();
    expect([await isSettled(fourth), await isSettled(fifth)]).toEqual([true, false]);
  });

  test("rejects a waiter whose signal fires, and gives its turn to the next", async () => {
    const places = new Places(1);
    const leave = places.enter() as () => void;
    const controller = new AbortController();
    const gone = places.enter(controller.signal);
    const next = places.enter();
    controller.abort(new Error("enough"));
    await expect(gone).rejects.toThrow("enough");
    leave();
    expect(await isSettled(next)).toBe(true);
  });

  test("throws at once when the signal has fired already", () => {
    expect(() => new Places(1).enter(AbortSignal.abort(new Error("over")))).toThrow("over");
  });
});
