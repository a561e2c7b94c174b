import { setImmediate } from "node:timers/promises";
import { HostError } from "@berth/contract";
import { expect } from "vitest";
import { aCall } from "../../plugins-of-tests.ts";
import type { ConformanceCase } from "../conformance-case.ts";

/** Asks until the plugin has noted that a call was given up. */
async function givenUp(ask: (method: string) => Promise<unknown>): Promise<string[]> {
  for (;;) {
    const noted = (await ask("given")) as string[];
    if (noted.length > 0) return noted;
    await setImmediate();
  }
}

/** What travels with a call, and how it ends before its time. */
export const CALLS: readonly ConformanceCase[] = [
  {
    title: "caller, attempt and correlation id travel with the call",
    run: async (bench) => {
      const call = { caller: "app/signage", attempt: 3, correlationId: "run-17" };
      expect(await bench.ask("caller", null, call)).toMatchObject(call);
    },
  },
  {
    title: "a call without a deadline has none",
    run: async (bench) => expect(await bench.ask("caller")).toMatchObject({ hasDeadline: false }),
  },
  {
    title: "a deadline arrives as the time that is left",
    run: async (bench) => {
      const deadline = bench.host.clock.now() + 60_000;
      const left = (await bench.ask("remaining", null, { deadline })) as number;
      expect(left).toBeGreaterThan(50_000);
      expect(left).toBeLessThanOrEqual(61_000);
    },
  },
  {
    title: "the plugin's clock is the host's",
    run: async (bench) => {
      const before = bench.host.clock.now();
      const now = (await bench.ask("now")) as number;
      expect(now).toBeGreaterThanOrEqual(before - 1_000);
      expect(now).toBeLessThanOrEqual(bench.host.clock.now() + 1_000);
    },
  },
  {
    title: "a call that is given up rejects with the caller's reason, and the plugin hears of it",
    run: async (bench) => {
      await bench.ask("given");
      const controller = new AbortController();
      const waiting = bench.ask("wait", null, { signal: controller.signal });
      const reason = new HostError("CALL_DEADLINE_EXCEEDED", "it took too long");
      // The call is under way when another one has been answered.
      await bench.ask("echo", 1);
      controller.abort(reason);
      await expect(waiting).rejects.toMatchObject({ code: "CALL_DEADLINE_EXCEEDED" });
      expect(await givenUp(bench.ask)).toHaveLength(1);
    },
  },
  {
    title: "a call that was given up before it began never reaches the plugin",
    run: async (bench) => {
      await using source = bench.instance("service", "unreached");
      await source.open(AbortSignal.timeout(20_000));
      const given = { signal: AbortSignal.abort(new HostError("CALL_CANCELLED", "never mind")) };
      await expect(source.method("increment")([null], aCall(given))).rejects.toBeInstanceOf(Error);
      expect(await source.method("increment")([null], aCall())).toBe(1);
    },
    except: { inline: "the endpoint before it looks at the signal" },
  },
  {
    title: "sixty-four calls at a time are each answered with their own value",
    run: async (bench) => {
      const answers = await Promise.all(Array.from({ length: 64 }, (_, place) => bench.ask("echo", { place })));
      expect(answers).toEqual(Array.from({ length: 64 }, (_, place) => ({ place })));
    },
  },
  {
    title: "two thousand calls one after the other leave nothing behind",
    run: async (bench) => {
      for (let place = 0; place < 2_000; place++) expect(await bench.ask("echo", place)).toBe(place);
      expect(bench.host.plugins.get("conformance").generation?.inFlight.count).toBe(0);
    },
  },
  {
    title: "large and small calls at a time do not mix",
    run: async (bench) => {
      const sizes = [1, 300_000, 2, 500_000, 3, 4];
      const answers = await Promise.all(sizes.map((size) => bench.ask("bytes", size)));
      expect(answers.map((answer) => (answer as Uint8Array).length)).toEqual(sizes);
    },
  },
  {
    title: "two instances keep their own state",
    run: async (bench) => {
      await using one = bench.instance("service", "one");
      await using two = bench.instance("service", "two");
      const next = (instance: typeof one): Promise<unknown> => instance.method("increment")([null], aCall());
      expect(await next(one)).toBe(1);
      expect(await next(one)).toBe(2);
      expect(await next(two)).toBe(1);
    },
  },
  {
    title: "an instance is closed once, and its id is free again",
    run: async (bench) => {
      const first = bench.instance("source", "again");
      await first.open(AbortSignal.timeout(20_000));
      await first[Symbol.asyncDispose]();
      expect(await bench.ask("history")).toContain("dispose again");
      await using second = bench.instance("source", "again");
      expect(await second.method("fetch")([], aCall())).toMatchObject({ lines: expect.arrayContaining(["again"]) });
    },
  },
  {
    title: "initialize and start have run, once and in this order",
    run: async (bench) => {
      const history = (await bench.ask("history")) as string[];
      expect(history.filter((step) => !step.startsWith("dispose"))).toEqual(["initialize", "start"]);
    },
  },
  {
    title: "the plugin says how it is",
    run: async (bench) => {
      const plugin = bench.host.plugins.get("conformance");
      await plugin.activate(AbortSignal.timeout(20_000));
      expect(await plugin.health(AbortSignal.timeout(20_000))).toEqual({
        health: "degraded",
        message: "a probe is never quite well",
      });
    },
  },
  {
    title: "contributions describe themselves, with the schema of their configuration",
    run: async (bench) => {
      const described = await bench.host.plugins.get("conformance").describe(AbortSignal.timeout(20_000));
      expect(described.map(({ id }) => id).toSorted()).toHaveLength(13);
      expect(described.find(({ id }) => id === "source/probe")).toMatchObject({
        description: "Content from its configuration",
        configSchema: { type: "object", properties: { title: { type: "string" } } },
      });
    },
  },
];
