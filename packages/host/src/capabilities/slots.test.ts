import { describe, expect, test } from "vitest";
import { codeOf, never } from "../../test/open-capabilities.ts";
import { Slots } from "./slots.ts";

describe("Slots", () => {
  test("runs so many at a time and the others in their order, failures or not", async () => {
    const slots = new Slots("things", 2);
    const order: number[] = [];
    let now = 0;
    let most = 0;
    const work = Array.from({ length: 8 }, (_, i) =>
      slots.run(never(), async () => {
        most = Math.max(most, ++now);
        order.push(i);
        await Promise.resolve();
        now--;
        if (i % 3 === 0) throw new Error("failed");
      }),
    );
    const outcomes = await Promise.allSettled(work);
    expect([most, order]).toEqual([2, [0, 1, 2, 3, 4, 5, 6, 7]]);
    expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(3);
  });

  test("takes no place from the others when somebody who waits gives up", async () => {
    const slots = new Slots("things", 1);
    const gate = Promise.withResolvers<void>();
    const first = slots.run(never(), () => gate.promise);
    const caller = new AbortController();
    const second = slots.run(caller.signal, async () => "ran");
    const third = slots.run(never(), async () => "ran");
    const fourth = slots.run(AbortSignal.abort(new Error("gone")), async () => "ran");
    caller.abort(new Error("given up"));
    await expect(second).rejects.toThrow("given up");
    await expect(fourth).rejects.toThrow("gone");
    gate.resolve();
    expect(await third).toBe("ran");
    await first;
    expect(await slots.run(never(), async () => "free again")).toBe("free again");
  });

  test("lets a thousand wait and no more", async () => {
    const slots = new Slots("things", 1);
    const gate = Promise.withResolvers<void>();
    const calls = Array.from({ length: 1_001 }, () => slots.run(never(), () => gate.promise));
    expect(await codeOf(slots.run(never(), () => gate.promise))).toBe("LIMIT_EXCEEDED");
    gate.resolve();
    await Promise.all(calls);
    expect(await codeOf(slots.run(never(), () => gate.promise))).toBe("(no error)");
  });
});
