import type { CallContext, HostError } from "@berth/contract";
import { describe, expect, test } from "vitest";
import { definePlugin, defineService, defineSource, fields } from "../index.ts";
import { PluginRuntime } from "./plugin-runtime.ts";

const call: CallContext = {
  signal: new AbortController().signal,
  deadline: Infinity,
  attempt: 1,
  caller: "test",
  permissions: [],
  correlationId: "c1",
};
const peer = {
  capabilities: () => ({}) as never,
  now: () => 42,
};
const identity = { name: "greeter", version: "1.0.0", provides: ["source/hello"] };

const hello = (overrides: object = {}) =>
  defineSource("hello", {
    description: "Says hello",
    config: fields({ name: { type: "string", required: true } }),
    create: (config) => ({ fetch: async () => ({ title: "Hello", lines: [config.name] }) }),
    ...overrides,
  });

const open = (definition: unknown, provides = identity.provides) =>
  new PluginRuntime({ default: definition }, { ...identity, provides }, peer);

describe("PluginRuntime checks the contract", () => {
  test.each([
    ["no default export", {}, "must `export default definePlugin"],
    ["a plain object", { provides: [] }, "must `export default definePlugin"],
    [
      "a hook that is no function",
      definePlugin({ provides: [hello()], start: 5 as never }),
      "start must be a function",
    ],
    ["provides that is no list", definePlugin({ provides: "hello" as never }), "provides must be a list"],
    [
      "a contribution that is no object",
      definePlugin({ provides: [null as never] }),
      "provides[0] must be made by defineSource",
    ],
    [
      "an unknown kind",
      definePlugin({ provides: [{ ...hello(), kind: "sauce" } as never] }),
      "provides[0].kind must be one of source",
    ],
    [
      "a missing create",
      definePlugin({ provides: [hello({ create: undefined })] }),
      "source/hello must have a create function",
    ],
    ["a config that is no schema", definePlugin({ provides: [hello({ config: {} })] }), "no Standard Schema"],
    ["a contribution given twice", definePlugin({ provides: [hello(), hello()] }), "source/hello is provided twice"],
  ])("and refuses %s", (_what, definition, message) => {
    expect(() => open(definition)).toThrow(message);
  });

  test("and names every difference from the manifest at once", () => {
    const error = (() => {
      try {
        open(definePlugin({ provides: [hello()] }), ["source/bye", "layout/big"]);
      } catch (thrown) {
        return thrown as HostError;
      }
      throw new Error("must throw");
    })();
    expect(error.code).toBe("CONTRACT_BROKEN");
    expect(error.details).toEqual({
      problems: [
        "the manifest promises source/bye, the code does not provide it",
        "the manifest promises layout/big, the code does not provide it",
        "the code provides source/hello, the manifest does not name it",
      ],
    });
  });
});

describe("PluginRuntime instances", () => {
  test("describe gives description and JSON Schema", () => {
    expect(open(definePlugin({ provides: [hello()] })).describe()).toEqual([
      {
        id: "source/hello",
        description: "Says hello",
        configSchema: {
          type: "object",
          properties: { name: { type: "string", minLength: 1 } },
          required: ["name"],
          additionalProperties: false,
        },
      },
    ]);
  });

  test("two instances of one contribution keep their own configuration", async () => {
    const runtime = open(definePlugin({ provides: [hello()] }));
    await runtime.openInstance({ contribution: "source/hello", instanceId: "a", config: { name: "Ada" } });
    await runtime.openInstance({ contribution: "source/hello", instanceId: "b", config: { name: "Bob" } });
    const [a, b] = await Promise.all([runtime.method("a", "fetch")([], call), runtime.method("b", "fetch")([], call)]);
    expect([a, b]).toEqual([
      { title: "Hello", lines: ["Ada"] },
      { title: "Hello", lines: ["Bob"] },
    ]);
  });

  test("a bad configuration is refused with every issue, and create never sees it", async () => {
    let created = 0;
    const create = () => {
      created++;
      return { fetch: async () => undefined };
    };
    const runtime = open(definePlugin({ provides: [hello({ create })] }));
    const request = { contribution: "source/hello", instanceId: "a", config: { nmae: "Ada" } };
    await expect(runtime.openInstance(request)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      details: {
        instance: "a",
        issues: [
          { path: ["nmae"], message: "is not a known field; did you mean name?" },
          { path: ["name"], message: "is required" },
        ],
      },
    });
    expect(created).toBe(0);
    await expect(runtime.checkConfig("source/hello", { name: "Ada" })).resolves.toEqual([]);
  });

  test("a contribution without schema takes no configuration", async () => {
    const runtime = open(definePlugin({ provides: [hello({ config: undefined })] }));
    expect(await runtime.checkConfig("source/hello", { name: "x" })).toEqual([
      { path: ["name"], message: "is not a known field; there are none" },
    ]);
    expect(await runtime.checkConfig("source/hello", undefined)).toEqual([]);
  });

  test.each([
    ["nothing", undefined, "create must return an object, it returned undefined"],
    ["an object without fetch", {}, "fetch must be a function"],
    [
      "a member of the wrong kind",
      { fetch: async () => undefined, shouldRender: true },
      "shouldRender must be a function",
    ],
  ])("an instance that is %s is refused", async (_what, made, message) => {
    const runtime = open(definePlugin({ provides: [hello({ create: () => made })] }));
    const request = { contribution: "source/hello", instanceId: "a", config: { name: "x" } };
    await expect(runtime.openInstance(request)).rejects.toThrow(message);
  });

  test("an unknown contribution names the ones there are", async () => {
    const runtime = open(definePlugin({ provides: [hello()] }));
    await expect(runtime.openInstance({ contribution: "source/bye", instanceId: "a", config: {} })).rejects.toThrow(
      "provides no source/bye; it provides source/hello",
    );
  });

  test("a method that throws at once rejects", async () => {
    const create = () => ({
      fetch: () => {
        throw new Error("boom");
      },
    });
    const runtime = open(definePlugin({ provides: [hello({ create })] }));
    await runtime.openInstance({ contribution: "source/hello", instanceId: "a", config: { name: "x" } });
    await expect(runtime.method("a", "fetch")([], call)).rejects.toThrow("boom");
  });

  test("the methods of a service are members of its instance", async () => {
    const service = defineService("sum", {
      create: () => ({ methods: { add: (input) => (input as number[]).reduce((total, next) => total + next, 0) } }),
    });
    const runtime = open(definePlugin({ provides: [service] }), ["service/sum"]);
    await expect(runtime.openInstance({ contribution: "service/sum", instanceId: "s", config: {} })).resolves.toEqual([
      "add",
    ]);
    await expect(runtime.method("s", "add")([[1, 2]], call)).resolves.toBe(3);
  });
});

describe("PluginRuntime ends", () => {
  test("cleanup disposes every instance and the plugin, whatever fails on the way", async () => {
    const ended: string[] = [];
    const create = (_config: unknown, ctx: { instanceId: string }) => ({
      fetch: async () => undefined,
      dispose: () => {
        ended.push(ctx.instanceId);
        if (ctx.instanceId === "a") throw new Error("a broke");
      },
    });
    const runtime = open(definePlugin({ provides: [hello({ create })], cleanup: () => void ended.push("plugin") }));
    for (const instanceId of ["a", "b"]) {
      await runtime.openInstance({ contribution: "source/hello", instanceId, config: { name: "x" } });
    }
    await expect(runtime.cleanup()).rejects.toThrow('Cannot clean up "greeter": a broke');
    expect(ended).toEqual(["a", "b", "plugin"]);
  });

  test("health is healthy unless the plugin says otherwise", async () => {
    await expect(open(definePlugin({ provides: [hello()] })).health()).resolves.toEqual({ health: "healthy" });
    const ill = definePlugin({ provides: [hello()], health: () => ({ health: "degraded", message: "tired" }) });
    await expect(open(ill).health()).resolves.toEqual({ health: "degraded", message: "tired" });
  });
});
