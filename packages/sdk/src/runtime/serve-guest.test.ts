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
let hooks: Pick<PluginDefinition, "start" | "stop">;

beforeEach(() => {
  const { port1, port2 } = new MessageChannel();
  host = new Peer({ link: portLink(port1), clock: systemClock });
  guest = new Peer({ link: portLink(port2), clock: systemClock, side: "plugin" });
  loaded = [];
  greeted = [];
  hooks = {};
  serveGuest(guest, {
    clock: systemClock,
    load: async (said) => {
      loaded.push(said);
      const service = defineService("s", {
        create: () => ({
          methods: {
            echo: (input) => input,
            callback: () => (() => 1) as never,
            symbolic: () => Symbol("s") as never,
          },
        }),
      });
      return { default: definePlugin({ provides: [service], ...hooks }) };
    },
    encodings: ["msgpack"],
    onGreeted: (encodings) => greeted.push(encodings),
  });
});
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
