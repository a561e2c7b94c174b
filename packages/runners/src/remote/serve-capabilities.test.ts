import { MessageChannel } from "node:worker_threads";
import { systemClock } from "@berth/base";
import type { BusEvent, Capabilities } from "@berth/contract";
import { Peer, portLink } from "@berth/protocol";
import { createRemoteCapabilities } from "@berth/sdk/runtime";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { NEVER } from "../../test/remote/open-request.ts";
import { RecordingCapabilities } from "../../test/remote/recording-capabilities.ts";
import { serveCapabilities } from "./serve-capabilities.ts";

let recorder: RecordingCapabilities;
let host: Capabilities;
let hostPeer: Peer;
let pluginPeer: Peer;

beforeEach(() => {
  const { port1, port2 } = new MessageChannel();
  recorder = new RecordingCapabilities();
  hostPeer = new Peer({ link: portLink(port1), clock: systemClock });
  pluginPeer = new Peer({ link: portLink(port2), clock: systemClock, side: "plugin" });
  serveCapabilities(hostPeer, () => recorder.of());
  host = createRemoteCapabilities(pluginPeer, "i");
});
afterEach(() => {
  hostPeer.close();
  pluginPeer.close();
});

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
  const event = (data: number): BusEvent => ({ subject: "a.b", data, from: "host" });

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
    for (const data of [0, 1, 2]) void recorder.listeners.get("a.>")!(event(data));
    await last.promise;
    expect(log).toEqual(["begin 0", "end 0", "begin 1", "end 1", "begin 2", "end 2"]);
  });

  test("until it ends the subscription, and never after", async () => {
    const heard: unknown[] = [];
    const subscription = await host.subscribe("a.>", ({ data }) => void heard.push(data));
    void recorder.listeners.get("a.>")!(event(1));
    await arrived();
    const ended = nextEnd();
    subscription[Symbol.dispose]();
    void recorder.listeners.get("a.>")!(event(2));
    await ended;
    void recorder.listeners.get("a.>")!(event(3));
    await arrived();
    expect(heard).toEqual([1]);
    expect(recorder.ended).toEqual(["subscribe a.>"]);
  });

  test("at its own pace: a listener that takes none holds back whoever publishes, and what waits is bounded", async () => {
    const takeOne = Promise.withResolvers<void>();
    let heard = 0;
    using _subscription = await host.subscribe("a.>", (): unknown => {
      heard++;
      return takeOne.promise;
    });
    const large = { subject: "a.b", data: "x".repeat(10_000), from: "host" };
    const offers = Array.from({ length: 5_000 }, () => Promise.resolve(recorder.listeners.get("a.>")!(large)));
    const isHeldBack = await Promise.race([offers.at(-1)!.then(() => false), arrived().then(() => true)]);
    expect(isHeldBack).toBe(true);
    takeOne.resolve();
    await Promise.all(offers);
    await arrived();
    expect(heard).toBeLessThan(1_100);
  });

  test("and one that throws is logged, and hears the next", async () => {
    const heard: unknown[] = [];
    using _subscription = await host.subscribe("a.>", ({ data }) => {
      heard.push(data);
      if (data === 1) throw new Error("cannot hear");
    });
    for (const data of [1, 2]) void recorder.listeners.get("a.>")!(event(data));
    await arrived();
    await arrived();
    expect(heard).toEqual([1, 2]);
    expect(recorder.calls.at(-1)).toEqual(["log", { level: "error", message: "Listener of a.> failed: cannot hear" }]);
  });

  test("and end with the plugin", async () => {
    await host.subscribe("a.>", () => undefined);
    await host.schedule({ everyMs: 5 }, () => undefined);
    pluginPeer.close();
    await hostPeer.ended;
    await new Promise((resolve) => setImmediate(resolve));
    expect(recorder.ended.toSorted()).toEqual(["schedule", "subscribe a.>"]);
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
