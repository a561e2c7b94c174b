import { setImmediate } from "node:timers/promises";
import { HostError } from "@berth/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Declined, Unavailable } from "../calls/declined.ts";
import type { Hook } from "./hook.ts";
import { orderHooks } from "./order-hooks.ts";
import { runAll, runFirst, runReduce, runSeries } from "./run-hooks.ts";

const down = new HostError("PLUGIN_FAILED", "down");
const open = new HostError("CALL_BREAKER_OPEN", "left alone");

type Act = (value: string) => string | Declined | Promise<string>;

/** Hooks by name, which write down who was asked; a name with `!` is required. */
function hooksOf(acts: Record<string, Act>): { hooks: Hook<string, string>[]; asked: string[] } {
  const asked: string[] = [];
  const hooks = Object.entries(acts).map(([name, act]): Hook<string, string> => ({
    plugin: name,
    contribution: `middleware/${name}`,
    priority: 0,
    isRequired: name.endsWith("!"),
    call: async (input, { optional }) => {
      asked.push(name);
      expect(optional === true).toBe(!name.endsWith("!"));
      return act(input);
    },
  }));
  return { hooks, asked };
}

const adding =
  (text: string): Act =>
  (value) =>
    value + text;
const failing: Act = () => {
  throw down;
};
const away: Act = () => new Unavailable(open);
const silent: Act = () => new Declined();

describe("orderHooks [BWK-15]", () => {
  test("goes by priority, then by who is needed, then by name, in whatever order they were found", () => {
    const hook = fc.record({
      plugin: fc.constantFrom("a", "b", "c", "unknown"),
      contribution: fc.string({ minLength: 1, maxLength: 3 }),
      priority: fc.integer({ min: -2, max: 2 }),
    });
    const order = ["c", "a", "b"];
    const rank = ({ plugin }: { plugin: string }): number => (order.indexOf(plugin) + 4) % 4;
    fc.assert(
      fc.property(fc.uniqueArray(hook, { selector: ({ contribution }) => contribution }), fc.nat(), (hooks, turn) => {
        const ordered = orderHooks(hooks, order);
        const shuffled = [...hooks.slice(turn % (hooks.length + 1)), ...hooks.slice(0, turn % (hooks.length + 1))];
        expect(orderHooks(shuffled, order)).toEqual(ordered);
        for (const [at, after] of ordered.slice(1).entries()) {
          const before = ordered[at]!;
          expect(before.priority).toBeGreaterThanOrEqual(after.priority);
          if (before.priority !== after.priority) continue;
          expect(rank(before)).toBeLessThanOrEqual(rank(after));
          if (rank(before) === rank(after)) expect(before.contribution < after.contribution).toBe(true);
        }
      }),
    );
  });
});

describe("runFirst [BWK-15]", () => {
  test("asks until one answers, passing over those that decline, fail or are left alone", async () => {
    const { hooks, asked } = hooksOf({ silent, failing, away, good: adding("!"), late: adding("?") });
    const { value, skipped } = await runFirst(hooks, "x");
    expect([value, asked]).toEqual(["x!", ["silent", "failing", "away", "good"]]);
    expect(skipped).toEqual([
      { plugin: "failing", contribution: "middleware/failing", error: down },
      { plugin: "away", contribution: "middleware/away", error: open },
    ]);
  });

  test("has nothing when nobody answers, and throws what a required one throws", async () => {
    expect(await runFirst(hooksOf({ silent }).hooks, "x")).toEqual({ value: undefined, skipped: [] });
    const { hooks, asked } = hooksOf({ "must!": failing, good: adding("") });
    await expect(runFirst(hooks, "x")).rejects.toBe(down);
    expect(asked).toEqual(["must!"]);
  });
});

describe("runAll [BWK-15]", () => {
  test("asks all side by side, and has the answers in their order", async () => {
    const gate = Promise.withResolvers<string>();
    const { hooks, asked } = hooksOf({ slow: () => gate.promise, failing, silent, quick: adding("2") });
    const running = runAll(hooks, "x");
    await setImmediate();
    expect(asked).toEqual(["slow", "failing", "silent", "quick"]);
    gate.resolve("x1");
    expect(await running).toMatchObject({ value: ["x1", "x2"], skipped: [{ plugin: "failing" }] });
  });

  test("waits for all before it throws what a required one threw", async () => {
    const gate = Promise.withResolvers<string>();
    const { hooks } = hooksOf({ "must!": failing, slow: () => gate.promise });
    let isOver = false;
    const running = runAll(hooks, "x").finally(() => (isOver = true));
    const told = expect(running).rejects.toBe(down);
    await setImmediate();
    expect(isOver).toBe(false);
    gate.resolve("done");
    await told;
  });
});

describe("runSeries and runReduce [BWK-15]", () => {
  test("ask one after the other, with the same input or with what the one before made of it", async () => {
    const acts = { a: adding("a"), failing, silent, away, b: adding("b") };
    expect(await runSeries(hooksOf(acts).hooks, "x")).toMatchObject({ value: ["xa", "xb"], skipped: [{}, {}] });
    const reduced = await runReduce(hooksOf(acts).hooks, "x", (value) => value);
    expect(reduced).toMatchObject({ value: "xab", skipped: [{ plugin: "failing" }, { plugin: "away" }] });
  });

  test("end by what a required one throws, and ask nobody after it", async () => {
    const { hooks, asked } = hooksOf({ a: adding("a"), "must!": failing, b: adding("b") });
    await expect(runSeries(hooks, "x")).rejects.toBe(down);
    await expect(runReduce(hooks, "x", (value) => value)).rejects.toBe(down);
    expect(asked).toEqual(["a", "must!", "a", "must!"]);
  });

  test("ask nobody any more when the caller gives up", async () => {
    const caller = new AbortController();
    const giveUp: Act = () => {
      caller.abort(new Error("enough"));
      throw down;
    };
    for (const run of [runFirst<string, string>, runSeries<string, string>]) {
      const { hooks, asked } = hooksOf({ giveUp, next: adding("") });
      await expect(run(hooks, "x", { signal: caller.signal })).rejects.toThrow("enough");
      expect(asked.includes("next")).toBe(false);
    }
  });
});
