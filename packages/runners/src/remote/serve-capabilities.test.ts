import { setImmediate } from "node:timers/promises";
import { MessageChannel } from "node:worker_threads";
import { type JsonValue, systemClock } from "@berth/base";
import { type BusEvent, type Capabilities, type DeliveredEvent, HostError } from "@berth/contract";
import { type Link, type Message, Peer, portLink, type Stream } from "@berth/protocol";
import { createRemoteCapabilities, EventFeed, type FeedItem } from "@berth/sdk/runtime";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { NEVER } from "../../test/remote/open-request.ts";
import { RecordingCapabilities } from "../../test/remote/recording-capabilities.ts";
import { serveCapabilities } from "./serve-capabilities.ts";

let recorder: RecordingCapabilities;
let host: Capabilities;
let hostPeer: Peer;
let pluginPeer: Peer;
/** What the host said. */
let said: Message[];

beforeEach(() => {
  const { port1, port2 } = new MessageChannel();
  recorder = new RecordingCapabilities();
  said = [];
  hostPeer = new Peer({ link: noting(portLink(port1), said), clock: systemClock });
  pluginPeer = new Peer({ link: portLink(port2), clock: systemClock, side: "plugin" });
  serveCapabilities(hostPeer, () => recorder.of());
  host = createRemoteCapabilities(pluginPeer, "i");
});
afterEach(() => {
  hostPeer.close();
  pluginPeer.close();
});

/** A link that notes what is sent over it. */
function noting(link: Link, sent: Message[]): Link {
  return {
    bufferedBytes: 0,
    open: (receiver) => link.open(receiver),
    close: () => link.close(),
    send: (messages) => {
      sent.push(...messages);
      link.send(messages);
    },
  };
}

/** When the recorder has noted that something ended. */
function nextEnd(): Promise<void> {
  return new Promise((resolve) => (recorder.onEnded = resolve));
}

/** All that was said before has arrived. */
async function arrived(): Promise<void> {
  await hostPeer.ping(10_000);
  await pluginPeer.ping(10_000);
}

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

describe("Over a channel a plugin gets what it would get beside the host:", () => {
  const request = { url: "https://a.example/", method: "POST", headers: [["a", "b"]], redirect: "follow" } as const;

  test.each<[string, (host: Capabilities) => unknown, unknown, unknown[]]>([
    [
      "fetch",
      (to) => to.fetch({ ...request, headers: [["a", "b"]], body: bytes(1) }, NEVER),
      {
        status: 201,
        statusText: "Made",
        url: "https://a.example/x",
        headers: [["x-a", "1"]],
        body: new TextEncoder().encode("body"),
      },
      [{ ...request, body: bytes(1) }],
    ],
    ["readFile", (to) => to.readFile("a", NEVER), bytes(1, 2, 3), ["a"]],
    ["writeFile", (to) => to.writeFile("a", bytes(4), NEVER), undefined, ["a", bytes(4)]],
    ["removeFile", (to) => to.removeFile("a", NEVER), undefined, ["a"]],
    ["listFolder", (to) => to.listFolder("a", NEVER), [{ name: "a.txt", kind: "file" }], ["a"]],
    ["fileInfo", (to) => to.fileInfo("a", NEVER), { kind: "file", size: 3, modifiedAt: 5 }, ["a"]],
    ["fileInfo", (to) => to.fileInfo("none", NEVER), undefined, ["none"]],
    ["diskUsage", (to) => to.diskUsage("a", NEVER), { total: 10, available: 5 }, ["a"]],
    [
      "exec",
      (to) => to.exec({ command: "ls", args: ["-l"] }, NEVER),
      { exitCode: 0, signal: null, stdout: bytes(104, 105), stderr: bytes() },
      [{ command: "ls", args: ["-l"] }],
    ],
    ["storeGet", (to) => to.storeGet("a"), { kept: [1] }, ["a"]],
    ["storeGet", (to) => to.storeGet("none"), undefined, ["none"]],
    ["storeGet", (to) => to.storeGet("null"), null, ["null"]],
    ["storeSet", (to) => to.storeSet("a", { b: null }), undefined, ["a", { b: null }]],
    ["storeDelete", (to) => to.storeDelete("a"), true, ["a"]],
    ["storeKeys", (to) => to.storeKeys(""), ["a", "b"], [""]],
    ["secret", (to) => to.secret("a"), "s3cr3t", ["a"]],
    ["secretHandle", (to) => to.secretHandle("a"), "handle-of-a", ["a"]],
    ["callService", (to) => to.callService("s", "m", [1], NEVER), { answer: 42 }, ["s", "m", [1]]],
    [
      "callService",
      (to) => to.callService("s", "m", null, NEVER, { deadline: Infinity, correlationId: "run-17" }),
      { answer: 42 },
      ["s", "m", null, { correlationId: "run-17" }],
    ],
    [
      "callService",
      (to) => to.callService("s", "m", null, NEVER, { deadline: 9_000 }),
      { answer: 42 },
      ["s", "m", null, { deadline: 9_000 }],
    ],
    ["hasService", (to) => to.hasService("s"), true, ["s"]],
    ["publish", (to) => to.publish("a.b", null), undefined, ["a.b", null]],
    ["environment", (to) => to.environment("LANG"), "value", ["LANG"]],
    ["environment", (to) => to.environment("NONE"), undefined, ["NONE"]],
  ])("%s", async (name, ask, answer, args) => {
    expect(await ask(host)).toEqual(answer);
    expect(recorder.calls).toEqual([[name, ...args]]);
  });

  test("log, without an answer and in order", async () => {
    host.log({ level: "info", message: "one", fields: { a: 1 } });
    host.log({ level: "warn", message: "two" });
    await arrived();
    expect(recorder.calls).toEqual([
      ["log", { level: "info", message: "one", fields: { a: 1 } }],
      ["log", { level: "warn", message: "two" }],
    ]);
  });

  test("a refusal, with what it knows", async () => {
    await expect(host.secret("other")).rejects.toMatchObject({
      code: "PERMISSION_DENIED",
      message: "not granted",
      details: { name: "other" },
    });
  });

  test("a signal that fires in the host", async () => {
    const giveUp = new AbortController();
    const running = host.exec({ command: "hang", args: [] }, giveUp.signal);
    await arrived();
    giveUp.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    await arrived();
    expect(recorder.signal?.aborted).toBe(true);
  });
});

describe("Events reach a plugin", () => {
  let published = 0;
  const publish = (data: JsonValue, more: Partial<DeliveredEvent> = {}): unknown =>
    recorder.listeners.get("a.>")!({ subject: "a.b", data, from: "host", number: ++published, ...more });
  const arrivedLater = async (): Promise<void> => {
    await setImmediate();
    await setImmediate();
    await arrived();
    await arrived();
  };

  test("in order, each after the one before was taken", async () => {
    const log: string[] = [];
    const last = Promise.withResolvers<void>();
    const hear: (event: BusEvent) => unknown = async ({ data }) => {
      log.push(`begin ${JSON.stringify(data)}`);
      await arrived();
      log.push(`end ${JSON.stringify(data)}`);
      if (data === 2) last.resolve();
    };
    using _subscription = await host.subscribe("a.>", hear);
    for (const data of [0, 1, 2]) publish(data);
    await last.promise;
    expect(log).toEqual(["begin 0", "end 0", "begin 1", "end 1", "begin 2", "end 2"]);
  });

  test("until it ends the subscription, and never after", async () => {
    const heard: unknown[] = [];
    const subscription = await host.subscribe("a.>", ({ data }) => void heard.push(data));
    publish(1);
    await arrivedLater();
    const ended = nextEnd();
    subscription[Symbol.dispose]();
    publish(2);
    await ended;
    publish(3);
    await arrivedLater();
    expect(heard).toEqual([1]);
    expect(recorder.ended).toEqual(["subscribe a.>"]);
  });

  test("and a listener that takes none holds back nobody: what waits is bounded, the oldest is lost and told", async () => {
    const takeOne = Promise.withResolvers<void>();
    const heard: [data: unknown, dropped: number | undefined][] = [];
    using _subscription = await host.subscribe("a.>", ({ data, dropped }): unknown => {
      heard.push([(data as string[])[0], dropped]);
      return takeOne.promise;
    });
    for (let n = 0; n < 5_000; n++) expect(publish([String(n), "x".repeat(10_000)])).toBeUndefined();
    await arrivedLater();
    takeOne.resolve();
    await expect.poll(() => heard.at(-1)?.[0]).toBe("4999");
    const lost = heard.reduce((sum, [, dropped]) => sum + (dropped ?? 0), 0);
    expect(heard.length + lost).toBe(5_000);
    expect(heard.length).toBeLessThan(1_100);
  });

  test("once for all its subscriptions: ten listeners of three instances, one message [RPT-55, OPS-19]", async () => {
    const feed = new EventFeed(pluginPeer);
    const heard: string[] = [];
    for (let n = 0; n < 10; n++) {
      const instance = createRemoteCapabilities(pluginPeer, `i${n % 3}`, feed);
      await instance.subscribe(n % 2 ? "a.*" : "a.b", ({ data }) => void heard.push(`${n} ${JSON.stringify(data)}`));
    }
    said.length = 0;
    const all = recorder.subscribed.slice(-10);
    for (const data of [1, 2, 3]) {
      published++;
      for (const [, deliver] of all) deliver({ subject: "a.b", data, from: "host", number: published });
    }
    await arrivedLater();
    expect(heard).toHaveLength(30);
    const items = said.flatMap((message) =>
      "method" in message && message.method === "$/data" ? [message.params] : [],
    );
    expect(items.map((params) => (params as { item: FeedItem }).item)).toMatchObject(
      [1, 2, 3].map((data) => ({ data, to: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] })),
    );
  });

  test("and one that throws is logged, and hears the next", async () => {
    const heard: unknown[] = [];
    using _subscription = await host.subscribe("a.>", ({ data }) => {
      heard.push(data);
      if (data === 1) throw new Error("cannot hear");
    });
    for (const data of [1, 2]) publish(data);
    await arrivedLater();
    expect(heard).toEqual([1, 2]);
    expect(recorder.calls.at(-1)).toEqual(["log", { level: "error", message: "Listener of a.> failed: cannot hear" }]);
  });

  test("and end with the plugin", async () => {
    await host.subscribe("a.>", () => undefined);
    await host.schedule({ everyMs: 5 }, () => undefined);
    pluginPeer.close();
    await hostPeer.ended;
    await setImmediate();
    expect(recorder.ended.toSorted()).toEqual(["schedule", "subscribe a.>"]);
  });

  describe("that wait for a reply [RPT-54]:", () => {
    /** What comes back for one request. */
    const ask = (signal: AbortSignal = NEVER): Promise<unknown> => {
      const { promise, resolve } = Promise.withResolvers<unknown>();
      publish("?", { request: { deadline: Date.now() + 60_000, signal, replyLater: resolve } });
      return promise;
    };

    test("a listener's value is the reply", async () => {
      await host.subscribe("a.>", async ({ request }) => [request!.deadline > Date.now(), request!.signal.aborted]);
      expect(await ask()).toEqual([true, false]);
    });

    test("a listener that returns nothing gives none", async () => {
      await host.subscribe("a.>", () => undefined);
      expect(await ask()).toBeUndefined();
    });

    test("an error comes back with its code, and is logged in the plugin", async () => {
      await host.subscribe("a.>", () => {
        throw new HostError("CONFIG_INVALID", "not like this");
      });
      await expect(ask()).rejects.toMatchObject({ code: "CONFIG_INVALID", message: "not like this" });
    });

    test("the listener hears when nobody waits any more", async () => {
      const begun = Promise.withResolvers<void>();
      const given = Promise.withResolvers<void>();
      await host.subscribe("a.>", ({ request }) => {
        request!.signal.addEventListener("abort", () => given.resolve());
        begun.resolve();
        return given.promise;
      });
      const giveUp = new AbortController();
      const reply = ask(giveUp.signal);
      await begun.promise;
      giveUp.abort();
      await given.promise;
      expect(await reply).toBeUndefined();
    });

    test("a reply that nobody waits for, a second one and one without a number change nothing", async () => {
      await host.subscribe("a.>", () => "right");
      for (const params of [{ request: 1, value: "early" }, { request: "1" }, {}, undefined, 7]) {
        pluginPeer.notify("events.reply", params);
      }
      await arrived();
      expect(await ask()).toBe("right");
      pluginPeer.notify("events.reply", { request: 1, value: "late" });
      await arrived();
      expect(await ask()).toBe("right");
    });
  });

  describe("each subscription over a stream of its own, as plugins in other languages have it:", () => {
    /** Subscribes as such a plugin does. */
    const open = async (more: object = {}): Promise<Stream> => {
      const stream = pluginPeer.openStream();
      await pluginPeer.request("events.subscribe", { instanceId: "i", subject: "a.>", stream: stream.id, ...more });
      return stream;
    };

    test("events come as subject, data and from", async () => {
      const stream = await open();
      void publish(1);
      expect(await stream.read()).toEqual({ subject: "a.b", data: 1, from: "host" });
    });

    test("requests are events like any", async () => {
      const stream = await open();
      const replyLater = vi.fn<(reply: Promise<unknown>) => void>();
      void publish(1, { request: { deadline: Infinity, signal: NEVER, replyLater } });
      expect(await stream.read()).toEqual({ subject: "a.b", data: 1, from: "host" });
      expect(replyLater).not.toHaveBeenCalled();
    });

    test("a plugin that said it replies is told which and how long, and replies", async () => {
      const stream = await open({ replies: true });
      const { promise, resolve } = Promise.withResolvers<unknown>();
      void publish(1, { request: { deadline: Date.now() + 60_000, signal: NEVER, replyLater: resolve } });
      const { request, timeoutMs } = (await stream.read()) as { request: number; timeoutMs: number };
      expect(timeoutMs).toBeGreaterThan(0);
      pluginPeer.notify("events.reply", { request, value: { well: true } });
      expect(await promise).toEqual({ well: true });
    });
  });

  test.each<[string, object]>([
    ["before the stream of events is open", { subscription: 1 }],
    ["without a number", { subscription: "1" }],
  ])("and a subscription %s is refused", async (_title, params) => {
    const refused = pluginPeer.request("events.subscribe", { instanceId: "i", subject: "a.>", ...params });
    await expect(refused).rejects.toMatchObject({ code: "CONTRACT_BROKEN" });
  });

  test("and neither a number nor the stream of events is taken twice", async () => {
    await host.subscribe("a.>", () => undefined);
    const again = pluginPeer.request("events.subscribe", { instanceId: "i", subject: "a.>", subscription: 1 });
    await expect(again).rejects.toMatchObject({ code: "CONTRACT_BROKEN" });
    const stream = pluginPeer.openStream();
    const second = pluginPeer.request("events.open", { instanceId: "", stream: stream.id });
    await expect(second).rejects.toMatchObject({ code: "CONTRACT_BROKEN" });
  });
});

test("A timer of the host fires in the plugin until it is disposed", async () => {
  let fired = 0;
  const timer = await host.schedule({ everyMs: 1_000 }, () => fired++);
  expect(recorder.calls).toEqual([["schedule", { everyMs: 1_000 }]]);
  for (let n = 0; n < 3; n++) recorder.timers[0]!();
  await arrived();
  expect(fired).toBe(3);
  const ended = nextEnd();
  timer[Symbol.dispose]();
  await ended;
  recorder.timers[0]!();
  await arrived();
  expect(fired).toBe(3);
});

describe("A connection", () => {
  test("carries bytes both ways, more than either side holds, and ends in order", async () => {
    const connection = await host.connect({ host: "db.example", port: 5_432 }, NEVER);
    expect([connection.remoteAddress, connection.remotePort]).toEqual(["192.0.2.1", 4_000]);
    expect(recorder.calls).toEqual([["connect", { host: "db.example", port: 5_432 }]]);
    const ended = nextEnd();
    const write = async (): Promise<void> => {
      for (let n = 0; n < 100; n++) await connection.write(new Uint8Array(65_536).fill(n));
      connection.end();
    };
    const read = async (): Promise<number[]> => {
      const firsts: number[] = [];
      for (let chunk = await connection.read(); chunk; chunk = await connection.read()) firsts.push(chunk[0]!);
      return firsts;
    };
    const [, firsts] = await Promise.all([write(), read()]);
    expect(firsts).toEqual(Array.from({ length: 100 }, (_, n) => n));
    await ended;
  });

  test("ends in the host when the plugin drops it, and with the plugin", async () => {
    for (const drop of [(one: Disposable) => one[Symbol.dispose](), () => pluginPeer.close()]) {
      const connection = await host.connect({ host: "db.example", port: 5_432 }, NEVER);
      const ended = nextEnd();
      drop(connection);
      await ended;
    }
    expect(recorder.ended).toEqual(["connect", "connect"]);
  });

  test("takes nothing but bytes", async () => {
    const connection = await host.connect({ host: "db.example", port: 5_432 }, NEVER);
    const ended = nextEnd();
    await connection.write("text" as never);
    await ended;
    await expect(connection.read()).rejects.toMatchObject({ code: "CAPABILITY_FAILED" });
  });
});

test("A plugin that asks for a hundred things at a time gets them all, and no stream is left", async () => {
  for (let round = 0; round < 3; round++) {
    const subscriptions = await Promise.all(
      Array.from({ length: 50 }, (_, n) => host.subscribe(`s${n}`, () => undefined)),
    );
    for (const subscription of subscriptions) subscription[Symbol.dispose]();
    await arrived();
  }
  expect(recorder.ended).toHaveLength(150);
});
