import type { Capabilities, LogEntry } from "@berth/contract";
import { HostError } from "@berth/contract";
import { Peer } from "@berth/protocol";
import { systemClock } from "@berth/base";
import { describe, expect, test } from "vitest";
import { aCall, NEVER, openRequest } from "../../test/remote/open-request.ts";
import { NearEnd, openOver, plainPlugin } from "../../test/remote/thread-of-its-own.ts";
import type { RemoteChannel } from "./remote-channel.ts";

const hello = (contributions: unknown = []) => ({ protocol: 1, contributions });
const described = (id: string) => ({ id, description: "" });

/** A plugin that gives these answers, by method. */
async function openAnswering(
  provides: readonly string[],
  answers: Record<string, unknown>,
): Promise<{ channel: RemoteChannel; end: NearEnd }> {
  const end = new NearEnd();
  plainPlugin(end, ({ method = "" }) => ({ hello: hello(provides.map(described)), ...answers })[method]);
  return { channel: await openOver(end, { request: openRequest(provides) }), end };
}

describe("A plugin that answers hello with", () => {
  test.each([
    ["another version of the protocol", { protocol: 2, contributions: [] }, "does not speak version 1"],
    ["no object", "hello", "does not speak version 1"],
    ["less than its manifest promises", hello([]), "other contributions than its manifest promises"],
    [
      "more than its manifest promises",
      hello(["source/a", "source/b"].map(described)),
      "other contributions than its manifest promises",
    ],
    ["one thing twice", hello(["source/a", "source/a"].map(described)), "other contributions"],
    ["something else", hello([described("source/b")]), "other contributions"],
    ["what is no list", hello({ length: 1e9 }), "other contributions"],
    ["a list of nothing", hello([null]), "other contributions"],
  ])("%s is refused, and ended [OPS-22]", async (_what, answer, message) => {
    const end = new NearEnd();
    plainPlugin(end, ({ method }) => (method === "hello" ? answer : undefined));
    await expect(openOver(end, { request: openRequest(["source/a"]) })).rejects.toThrow(message);
    await end.gone;
  });

  test("nothing at all is ended when the one who waits gives up", async () => {
    const end = new NearEnd();
    plainPlugin(end, () => undefined);
    const giveUp = new AbortController();
    const opening = openOver(end, {}, giveUp.signal);
    giveUp.abort(new Error("too slow"));
    await expect(opening).rejects.toThrow("too slow");
    await end.gone;
  });

  test("an error is refused with it", async () => {
    const end = new NearEnd();
    const peer = new Peer({ link: end.pluginLink, clock: systemClock, side: "plugin" });
    peer.handle("hello", () => {
      throw new HostError("CONTRACT_BROKEN", "I am not what you think");
    });
    await expect(openOver(end)).rejects.toMatchObject({ code: "CONTRACT_BROKEN", message: "I am not what you think" });
  });
});

describe("What a plugin answers is bounded and of its kind:", () => {
  test("descriptions are cut, and a schema that cannot be shown is left out", async () => {
    const circle: Record<string, unknown> = { type: "object" };
    circle["self"] = "x".repeat(300_000);
    const contributions = [{ id: "source/a", description: "d".repeat(5_000), configSchema: circle, more: 1 }];
    const end = new NearEnd();
    plainPlugin(end, ({ method }) => (method === "hello" ? hello(contributions) : undefined));
    await using channel = await openOver(end, { request: openRequest(["source/a"]) });
    expect(await channel.describe()).toEqual([{ id: "source/a", description: "d".repeat(1_000) }]);
  });

  test.each([
    ["a member that instances of the kind do not have", ["fetch", "render"]],
    ["a member every object has", ["constructor"]],
    ["the member that ends it", ["fetch", "dispose"]],
    ["what is no name", [5]],
    ["no list", "fetch"],
  ])("an instance with %s is refused", async (_what, members) => {
    const { channel } = await openAnswering(["source/a"], { "instance.open": { members } });
    await using _channel = channel;
    const request = { contribution: "source/a", instanceId: "i", config: {} };
    await expect(channel.openInstance(request, NEVER)).rejects.toMatchObject({ code: "CONTRACT_BROKEN" });
  });

  test("a service may name its methods as it likes, but not with control characters", async () => {
    const names = ["echo", "résumé", "a.b/c", "__proto__"];
    const { channel } = await openAnswering(["service/a"], { "instance.open": { members: [...names, "echo"] } });
    await using _channel = channel;
    const request = { contribution: "service/a", instanceId: "i", config: {} };
    expect(await channel.openInstance(request, NEVER)).toEqual(names);
    const { channel: other } = await openAnswering(["service/a"], { "instance.open": { members: ["a\u001b[2J"] } });
    await using _other = other;
    await expect(other.openInstance(request, NEVER)).rejects.toMatchObject({ code: "CONTRACT_BROKEN" });
  });

  test.each([
    ["no report", null],
    ["health that is none", { health: "splendid" }],
    ["a list", ["healthy"]],
  ])("a health check that answers %s is unhealthy", async (_what, answer) => {
    const { channel } = await openAnswering([], { "plugin.health": answer });
    await using _channel = channel;
    expect(await channel.health(NEVER)).toMatchObject({ health: "unhealthy" });
  });

  test("of a health report the rest is left out and the message cut", async () => {
    const report = { health: "healthy", message: "m".repeat(2_000), extra: 1 };
    const { channel } = await openAnswering([], { "plugin.health": report });
    await using _channel = channel;
    expect(await channel.health(NEVER)).toEqual({ health: "healthy", message: "m".repeat(1_000) });
  });

  test("issues of a configuration are at most a hundred, of paths and texts", async () => {
    const issues = Array.from({ length: 500 }, () => ({ path: ["a", 1, {}], message: 5 }));
    const { channel } = await openAnswering(["source/a"], { "config.check": { issues } });
    await using _channel = channel;
    const found = await channel.checkConfig("source/a", {}, NEVER);
    expect(found).toHaveLength(100);
    expect(found[0]).toEqual({ path: ["a", 1, ""], message: "" });
  });
});

describe("A plugin that asks the host", () => {
  /** A plugin's side of the conversation, opened with these capabilities. */
  async function openPeer(capabilities: (instanceId: string) => Partial<Capabilities>) {
    const end = new NearEnd();
    const peer = new Peer({ link: end.pluginLink, clock: systemClock, side: "plugin" });
    peer.handle("hello", () => hello());
    const request = openRequest([], { capabilities: (instanceId) => capabilities(instanceId) as Capabilities });
    return { channel: await openOver(end, { request }), peer };
  }

  const denied = (instanceId: string): never => {
    throw new HostError("PERMISSION_DENIED", `no such instance: ${instanceId}`);
  };

  test.each([
    ["CONTRACT_BROKEN", {}],
    ["CONTRACT_BROKEN", null],
    ["CONTRACT_BROKEN", "mine"],
    ["CONTRACT_BROKEN", { instanceId: { toString: 1 } }],
    ["PERMISSION_DENIED", { instanceId: "other" }],
  ])("for an instance that is not its own gets %s (%j)", async (code, params) => {
    const { channel, peer } = await openPeer((id) => (id === "mine" ? {} : denied(id)));
    await using _channel = channel;
    await expect(peer.request("secrets.get", params)).rejects.toMatchObject({ code });
  });

  test.each(["constructor", "hello", "call", "__proto__", "toString"])(
    "for %s is told there is none",
    async (method) => {
      const { channel, peer } = await openPeer(() => ({}));
      await using _channel = channel;
      await expect(peer.request(method, { instanceId: "" })).rejects.toMatchObject({ code: "CONTRACT_BROKEN" });
    },
  );

  test("logs for nobody without harm", async () => {
    const lines: LogEntry[] = [];
    const { channel, peer } = await openPeer((id) => (id === "" ? { log: (entry) => lines.push(entry) } : denied(id)));
    await using _channel = channel;
    peer.notify("log", { instanceId: "other", entry: { level: "info", message: "lost" } });
    peer.notify("log", null);
    peer.notify("log", { instanceId: "", entry: { level: "info", message: "kept" } });
    await peer.ping(5_000);
    expect(lines).toEqual([{ level: "info", message: "kept" }]);
  });

  test("for a subscription over a stream that it did not open is refused", async () => {
    const { channel, peer } = await openPeer(() => ({
      subscribe: async () => ({ [Symbol.dispose]: () => undefined }),
    }));
    await using _channel = channel;
    for (const stream of [1, -1, "1", undefined, {}]) {
      await expect(peer.request("events.subscribe", { instanceId: "", subject: "a", stream })).rejects.toMatchObject({
        code: "CONTRACT_BROKEN",
      });
    }
  });
});

test("A plugin that breaks the protocol is ended, and what is under way fails with the reason", async () => {
  const end = new NearEnd();
  const say = plainPlugin(end, ({ method }) => (method === "hello" ? hello() : undefined));
  const channel = await openOver(end);
  const health = channel.health(NEVER);
  say({ id: 999, result: "unasked" });
  await expect(health).rejects.toMatchObject({ code: "PROTOCOL_BROKEN" });
  expect(await channel.exited).toMatchObject({
    expected: false,
    reason: expect.stringContaining("broke the protocol"),
  });
});

test("A plugin that never ends what it prints holds its call, which can be given up", async () => {
  const end = new NearEnd();
  const answers: Record<string, unknown> = {
    hello: hello([described("command/c")]),
    "instance.open": { members: ["run"] },
    call: { value: 0 },
  };
  plainPlugin(end, ({ method = "" }) => answers[method]);
  await using channel = await openOver(end, { request: openRequest(["command/c"]) });
  await channel.openInstance({ contribution: "command/c", instanceId: "i", config: {} }, NEVER);
  const giveUp = new AbortController();
  const run = channel.method("i", "run")([{}, () => undefined], aCall({ signal: giveUp.signal }));
  // The answer is here when a later one is.
  await channel.openInstance({ contribution: "command/c", instanceId: "j", config: {} }, NEVER);
  giveUp.abort(new Error("enough"));
  await expect(run).rejects.toThrow("enough");
});
