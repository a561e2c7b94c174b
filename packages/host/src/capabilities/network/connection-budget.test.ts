import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeOf, never } from "../../../test/open-capabilities.ts";
import { ConnectionBudget } from "./connection-budget.ts";

const AT_ONCE = { waits: false };
const WAITING = { waits: true };

describe("ConnectionBudget", () => {
  test("gives exactly as many places as there are, and tells of each refusal [OPS-55]", async () => {
    const refused: [number, number][] = [];
    const budget = new ConnectionBudget(5, (allowed, wanted) => refused.push([allowed, wanted]));
    const asked = Array.from({ length: 64 }, () => budget.take(never(), AT_ONCE));
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
    expect(budget.open).toBe(5);
    expect(refused).toEqual(Array.from({ length: 59 }, () => [5, 6]));
    await expect(budget.take(never(), AT_ONCE)).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
      message: "Cannot open a connection: 5 are open; raise limits.network_connections if that is right",
    });
  });

  test("takes a place back once, however often it is given back", async () => {
    const budget = new ConnectionBudget(1);
    const place = await budget.take(never(), AT_ONCE);
    place[Symbol.dispose]();
    place[Symbol.dispose]();
    expect(budget.open).toBe(0);
    await budget.take(never(), AT_ONCE);
    expect(await codeOf(budget.take(never(), AT_ONCE))).toBe("LIMIT_EXCEEDED");
  });

  test("gives a place on to whoever waits, in order, and to nobody who gave up or comes later", async () => {
    const budget = new ConnectionBudget(1);
    const first = await budget.take(never(), AT_ONCE);
    const order: string[] = [];
    const giveUp = new AbortController();
    const waiting = (name: string, signal = never()) =>
      budget.take(signal, WAITING).then((place) => {
        order.push(name);
        return place;
      });
    const given = waiting("given up", giveUp.signal);
    const second = waiting("second");
    const third = waiting("third");
    giveUp.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    expect(await codeOf(budget.take(never(), AT_ONCE))).toBe("LIMIT_EXCEEDED");
    first[Symbol.dispose]();
    (await second)[Symbol.dispose]();
    (await third)[Symbol.dispose]();
    expect([order, budget.open, budget.isAwaited]).toEqual([["second", "third"], 0, false]);
  });

  test("closes an idle connection to make room, and waits until it is closed", async () => {
    const budget = new ConnectionBudget(2);
    const kept = [await budget.take(never(), AT_ONCE), await budget.take(never(), AT_ONCE)];
    using _idle = budget.addIdle(() => {
      const closing = kept.pop();
      if (closing) setImmediate(() => closing[Symbol.dispose]());
      return closing !== undefined;
    });
    await budget.take(never(), AT_ONCE);
    await budget.take(never(), WAITING);
    expect(budget.open).toBe(2);
    expect(await codeOf(budget.take(never(), AT_ONCE))).toBe("LIMIT_EXCEEDED");
  });

  test("gives none at all where there are none", async () => {
    const budget = new ConnectionBudget(0);
    for (const how of [AT_ONCE, WAITING]) expect(await codeOf(budget.take(never(), how))).toBe("LIMIT_EXCEEDED");
  });

  test("never has more open than allowed, whatever is taken, given back and given up", async () => {
    const step = fc.constantFrom("take", "wait", "give back", "give up");
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 60 }), async (most, steps) => {
        const budget = new ConnectionBudget(most);
        const held: Disposable[] = [];
        const waits: AbortController[] = [];
        for (const each of steps) {
          if (each === "give back") held.shift()?.[Symbol.dispose]();
          else if (each === "give up") waits.shift()?.abort(new Error("enough"));
          else {
            const giveUp = new AbortController();
            waits.push(giveUp);
            budget.take(giveUp.signal, { waits: each === "wait" }).then(
              (place) => held.push(place),
              () => undefined,
            );
          }
          await new Promise((resolve) => setImmediate(resolve));
          expect(held.length).toBeLessThanOrEqual(most);
          expect(budget.open).toBe(held.length);
        }
      }),
      { numRuns: 50 },
    );
  });
});
