import { MessageChannel } from "node:worker_threads";
import { systemClock } from "@berth/base";
import { Peer, portLink } from "@berth/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { definePlugin, defineService, type PluginDefinition } from "../index.ts";
import { type Hello, PROTOCOL } from "./messages.ts";
import { serveGuest } from "./serve-guest.ts";

const hello: Hello = {
  protocol: PROTOCOL,
  plugin: { name: "probe", version: "1.0.0", provides: ["service/s"] },
  code: { place: "here" },
  now: 1_000,
  encodings: ["msgpack"],
};

let host: Peer;
let guest: Peer;
let loaded: Hello[];
let greeted: (readonly string[])[];
let hooks: Pick<PluginDefinition, "start" | "stop" | "health" | "saveState" | "restoreState">;
/** Called with each instance that is made. */
let onCreate: (instanceId: string) => Promise<void>;

beforeEach(() => {
  const { port1, port2 } = new MessageChannel();
  host = new Peer({ link: portLink(port1), clock: systemClock });
  guest = new Peer({ link: portLink(port2), clock: systemClock, side: "plugin" });
  loaded = [];
  greeted = [];
  hooks = {};
  onCreate = () => Promise.resolve();
  serveGuest(guest, {
    clock: systemClock,
    load: async (said) => {
      loaded.push(said);
      const service = defineService("s", {
        create: async (_config, { instanceId }) => {
          await onCreate(instanceId);
          return {
            methods: {
              echo: (input) => input,
              callback: () => (() => 1) as never,
              symbolic: () => Symbol("s") as never,
            },
          };
        },
      });
      return { default: definePlugin({ provides: [service], ...hooks }) };
    },
    encodings: ["msgpack"],
    onGreeted: (encodings) => greeted.push(encodings),
  });
});
const instanceOf = (instanceId: string) => ({ instanceId, contribution: "service/s", config: {} });

afterEach(() => {
  host.close();
  guest.close();
});

test("A guest loads what hello says, and answers with what it provides, reads, and has to do in its life", async () => {
  hooks = { start: () => undefined };
  expect(await host.request("hello", hello)).toEqual({
    protocol: PROTOCOL,
    contributions: [{ id: "service/s", description: "" }],
    encodings: ["msgpack"],
    quiets: true,
    hooks: ["start"],
  });
  expect(loaded).toMatchObject([{ code: { place: "here" } }]);
  expect(greeted).toEqual([["msgpack"]]);
});

test("A guest opens what the host opens next before it answers, once, and leaves the rest to be asked for", async () => {
  const made: string[] = [];
  const { promise: slow, resolve: finish } = Promise.withResolvers<void>();
  onCreate = async (instanceId) => {
    made.push(instanceId);
    if (instanceId === "slow") await slow;
    if (instanceId === "broken") throw new Error("not today");
  };
  const instances = ["quick", "slow", "broken"].map((instanceId) => instanceOf(instanceId));
  const members = ["echo", "callback", "symbolic"];
  const answer = await host.request("hello", { ...hello, instances });
  expect(answer).toMatchObject({ opened: [{ members }, null, null] });
  const opening = host.request("instance.open", instances[1]!);
  await expect(host.request("instance.open", instances[2]!)).rejects.toThrow("not today");
  finish();
  expect(await opening).toEqual({ members });
  expect(made).toEqual(["quick", "slow", "broken"]);
  const call = { instanceId: "quick", member: "echo", args: [1], now: 0, attempt: 1, caller: "", correlationId: "c" };
  expect(await host.request("call", call)).toEqual({ value: 1 });
});

test("A guest opens once what is open a moment after it answered", async () => {
  const { promise: slow, resolve: finish } = Promise.withResolvers<void>();
  const { promise: finished, resolve: onFinished } = Promise.withResolvers<void>();
  onCreate = async () => {
    await slow;
    onFinished();
  };
  expect(await host.request("hello", { ...hello, instances: [instanceOf("i")] })).toMatchObject({ opened: [null] });
  finish();
  await finished;
  expect(await host.request("instance.open", instanceOf("i"))).toHaveProperty("members");
});

test("A guest opens nothing before the plugin was started, where that does something", async () => {
  hooks = { start: () => undefined };
  const answer = await host.request("hello", { ...hello, instances: [instanceOf("i")] });
  expect(answer).not.toHaveProperty("opened");
  await host.request("plugin.start", {});
  expect(await host.request("instance.open", instanceOf("i"))).toHaveProperty("members");
});

test("A guest says with the state that it took over how it is, unless it has to look", async () => {
  hooks = { saveState: () => 1, restoreState: () => undefined };
  await host.request("hello", hello);
  const state = { version: 1, value: 1 };
  expect(await host.request("plugin.restore_state", { state })).toEqual({ health: { health: "healthy" } });
});

test("A guest that looks after its health does not say it with the state that it took over", async () => {
  hooks = { saveState: () => 1, restoreState: () => undefined, health: () => ({ health: "degraded" }) };
  await host.request("hello", hello);
  expect(await host.request("plugin.restore_state", { state: { version: 1, value: 1 } })).toBeNull();
  expect(await host.request("plugin.health", {})).toEqual({ health: "degraded" });
});

test("A guest serves one plugin, of a host whose protocol it speaks", async () => {
  await expect(host.request("plugin.start", {})).rejects.toThrow("it was not loaded");
  await expect(host.request("hello", { ...hello, protocol: 9 })).rejects.toMatchObject({ code: "PLUGIN_INCOMPATIBLE" });
  await host.request("hello", hello);
  await expect(host.request("hello", hello)).rejects.toThrow("Cannot load a second plugin here");
  expect(loaded).toHaveLength(1);
});

test("A guest whose code is not what the manifest promises says so", async () => {
  const promising = { ...hello, plugin: { ...hello.plugin, provides: ["service/other"] } };
  await expect(host.request("hello", promising)).rejects.toMatchObject({ code: "CONTRACT_BROKEN" });
});

test.each(["callback", "symbolic"])("A guest refuses to answer with what cannot leave it (%s)", async (member) => {
  await host.request("hello", hello);
  await host.request("instance.open", { contribution: "service/s", instanceId: "i", config: {} });
  const call = { instanceId: "i", args: [null], now: 1, attempt: 1, caller: "t", correlationId: "c" };
  await expect(host.request("call", { ...call, member })).rejects.toMatchObject({
    code: "CONTRACT_BROKEN",
    message: expect.stringContaining("cannot leave the plugin"),
  });
  expect(await host.request("call", { ...call, member: "echo", args: [5] })).toEqual({ value: 5 });
});
