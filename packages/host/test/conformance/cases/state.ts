import { type Channel, HostError } from "@berth/contract";
import { expect } from "vitest";
import { aCall } from "../../plugins-of-tests.ts";
import type { ConformanceBench } from "../bench.ts";
import type { ConformanceCase } from "../conformance-case.ts";

const soon = (): AbortSignal => AbortSignal.timeout(20_000);

/** What the plugin's running generation hands on when it keeps `value`. */
async function saved(bench: ConformanceBench, value: unknown) {
  await bench.askState("set", value);
  return (await bench.channel()).saveState(soon());
}

/** What the service that keeps the state answers in the next generation, in an instance of the id that the host knows. */
async function ask(next: Channel, method: string): Promise<unknown> {
  const instanceId = "shared-state";
  await next.openInstance({ contribution: "service/state", instanceId, config: undefined }, soon());
  return await next.method(instanceId, method)([null], aCall());
}

/** What the plugin throws when it is to save what cannot be saved; it saves and serves as before then. */
async function refusal(bench: ConformanceBench, what: string): Promise<unknown> {
  const channel = await bench.channel();
  const before = await saved(bench, ["kept"]);
  await bench.askState("spoil", what);
  try {
    return await channel.saveState(soon()).then(
      () => undefined,
      (error: unknown) => error,
    );
  } finally {
    await bench.askState("spoil");
    expect(await channel.saveState(soon())).toEqual(before);
  }
}

async function assertHandedOn(bench: ConformanceBench, value: unknown): Promise<void> {
  const state = await saved(bench, value);
  expect(state).toEqual({ version: 3, value });
  await using next = await bench.next();
  await next.restoreState(state!, soon());
  expect(await ask(next, "get")).toEqual(value);
  expect(await next.saveState(soon())).toEqual(state);
}

async function assertRefused(bench: ConformanceBench, what: string, path: string, why: RegExp): Promise<void> {
  const error = await refusal(bench, what);
  expect(error).toBeInstanceOf(HostError);
  expect(error).toMatchObject({ code: "STATE_UNCARRIABLE", message: expect.stringContaining(path) });
  expect((error as HostError).message).toMatch(why);
}

const UNCARRIABLE: readonly (readonly [what: string, path: string, why: RegExp])[] = [
  ["function", "state.users[0].onLogin", /function/],
  ["map", "state.byName", /Map/],
  ["not a number", "state[0]", /NaN/],
  ["bytes in JSON", 'state["the image"]', /Uint8Array/],
  ["cycle", "state.self[0].around", /a reference to what holds it/],
  ["deep", "state.tree[0][0]", /deeper than 200 levels/],
  ["large", "state.text", /larger than 1048576 bytes/],
  ["large bytes", "state", /larger than 1048576 bytes/],
];

/** What one generation of a plugin hands to the next. */
export const STATE: readonly ConformanceCase[] = [
  {
    title: "a plugin that saves state says so, and may have nothing to hand on",
    run: async (bench) => {
      expect((await bench.channel()).keepsState).toBe(true);
      expect(await saved(bench, null)).toBeUndefined();
    },
  },
  {
    title: "a plugin without state says so, saves nothing and takes none",
    run: async (bench) => {
      await using without = await bench.next("without-state");
      expect([without.keepsState, await without.saveState(soon())]).toEqual([false, undefined]);
      await expect(without.restoreState({ version: 1, value: 1 }, soon())).rejects.toMatchObject({
        code: "STATE_INCOMPATIBLE",
        message: expect.stringContaining("restoreState"),
      });
    },
  },
  {
    title: "JSON that one generation saves is what the next one goes on from",
    run: (bench) =>
      assertHandedOn(bench, { list: [1, "é", null, { deep: true }], $bytes: "a name like any", empty: {} }),
  },
  {
    title: "bytes that one generation saves are what the next one goes on from",
    run: (bench) => assertHandedOn(bench, new Uint8Array(100_000).fill(7)),
  },
  {
    title: "saving changes nothing: the plugin goes on, and saves the same again",
    run: async (bench) => {
      const first = await saved(bench, { count: 1 });
      const again = await (await bench.channel()).saveState(soon());
      expect(again).toEqual(first);
      expect(await bench.askState("get")).toEqual({ count: 1 });
    },
  },
  {
    title: "what was saved is a copy: what the plugin does later does not change it",
    run: async (bench) => {
      const state = await saved(bench, { list: ["before"] });
      await bench.askState("set", { list: ["after"] });
      expect(state).toEqual({ version: 3, value: { list: ["before"] } });
    },
  },
  {
    title: "state of another version is migrated, with both versions named",
    run: async (bench) => {
      for (const [version, value, expected] of [
        [2, { old: 1 }, { of: 2, value: { old: 1 } }],
        [9, "newer", { of: 9, value: "newer" }],
        [2, new Uint8Array([1, 2]), new Uint8Array([1, 2])],
      ] as const) {
        await using next = await bench.next();
        await next.restoreState({ version, value: value }, soon());
        expect(await next.saveState(soon())).toEqual({ version: 3, value: expected });
        const migrated = { from: version, to: 3, isBytes: value instanceof Uint8Array };
        expect(await ask(next, "migrated")).toEqual(migrated);
      }
    },
  },
  {
    title: "state of a version that the plugin cannot migrate is refused, and it goes on without",
    run: async (bench) => {
      await using next = await bench.next();
      await expect(next.restoreState({ version: 1, value: {} }, soon())).rejects.toMatchObject({
        code: "STATE_INCOMPATIBLE",
        message: expect.stringContaining("no version 1"),
      });
      expect(await next.health(soon())).toMatchObject({ health: "degraded" });
    },
  },
  {
    title: "state that the plugin cannot use is refused with its own words",
    run: async (bench) => {
      await using next = await bench.next();
      await expect(next.restoreState({ version: 3, value: "unusable" }, soon())).rejects.toThrow("this is not mine");
    },
  },
  ...UNCARRIABLE.map(([what, path, why]) => ({
    title: `state that cannot be carried is refused, with its path: ${what}`,
    run: (bench: ConformanceBench) => assertRefused(bench, what, path, why),
  })),
  {
    title: "a plugin that fails to save its state says why, and goes on",
    run: async (bench) => expect(await refusal(bench, "failure")).toMatchObject({ message: "the shelf is stuck" }),
  },
];
