import { once } from "node:events";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { Recorder } from "../test/recorder.ts";
import { give } from "./give.ts";
import type { Message } from "./link.ts";
import { portLink, type PortLinkOptions } from "./port-link.ts";

function linked(options?: PortLinkOptions) {
  const { port1, port2 } = new MessageChannel();
  const link = portLink(port1, options);
  const own = Recorder.on(link);
  const otherLink = portLink(port2, options);
  const other = Recorder.on(otherLink);
  return {
    link,
    own,
    other,
    otherLink,
    [Symbol.dispose]() {
      link.close();
      otherLink.close();
    },
  };
}

const result = (value: unknown): Message => ({ id: 1, result: value });

describe("portLink", () => {
  test("sends the messages of a turn in one, in order, each as it is", async () => {
    using pair = linked();
    const messages: Message[] = [
      { id: 1, method: "call", params: { a: [1, "x", null] } },
      { method: "log", params: "text" },
      { id: 7, result: false },
      { id: 8, error: { code: 1, message: "no", data: { causes: [] } } },
    ];
    pair.link.send(messages);
    expect(await pair.other.heard(4)).toEqual(messages);
    expect(pair.other.batches).toEqual([4]);
  });

  test("sends more than one frame holds in several", async () => {
    using pair = linked();
    pair.link.send(Array.from({ length: 10_000 }, (_, id) => ({ id: id + 1, method: "call" })));
    const messages = await pair.other.heard(10_000);
    expect(messages[9_999]).toMatchObject({ id: 10_000 });
    expect(pair.other.batches.every((length) => length <= 4_096)).toBe(true);
  });

  test("copies bytes, unless they were given: then it hands them over", async () => {
    using pair = linked();
    const kept = new Uint8Array(100_000).fill(1);
    const given = give(new Uint8Array(100_000).fill(2));
    const small = give(new Uint8Array(10).fill(3));
    pair.link.send([result({ kept, given, small }), result([given])]);
    const messages = await pair.other.heard(2);
    expect(messages).toEqual([
      result({
        kept: new Uint8Array(100_000).fill(1),
        given: new Uint8Array(100_000).fill(2),
        small: new Uint8Array(10).fill(3),
      }),
      result([new Uint8Array(100_000).fill(2)]),
    ]);
    expect([kept.byteLength, given.byteLength, small.byteLength]).toEqual([100_000, 0, 10]);
  });

  test("sends of a larger buffer only the bytes that were meant", async () => {
    using pair = linked();
    const pool = new Uint8Array(100_000).fill(7);
    const shared = new Uint8Array(new SharedArrayBuffer(8));
    pair.link.send([result([give(pool.subarray(10, 80_000)), Buffer.from("pooled"), shared])]);
    const [message] = (await pair.other.heard(1)) as [{ result: Uint8Array[] }];
    expect(message.result.map(({ buffer }) => buffer.byteLength)).toEqual([79_990, 6, 8]);
    expect(message.result[2]!.buffer).toBeInstanceOf(ArrayBuffer);
    expect(pool.byteLength).toBe(100_000);
  });

  test("refuses what cannot cross, alone, and sends the rest", async () => {
    using pair = linked({ maxBytes: 1_000_000 });
    const loop: unknown[] = [];
    loop.push([loop]);
    let deep: unknown = 1;
    for (let depth = 0; depth < 1_001; depth++) deep = [deep];
    const bad: [unknown, string][] = [
      [new Map([[1, 2]]), ": Map"],
      [{ error: new Error("no") }, ": Error"],
      [[1n], ": BigInt"],
      [new Float32Array(2), ": Float32Array"],
      [Promise.resolve(1), ": Promise"],
      [loop, "nested deeper"],
      [deep, "nested deeper"],
      ["x".repeat(1_000_001), "at most 1000000"],
      [
        {
          toJSON: () => {
            throw new TypeError("no JSON today");
          },
        },
        "no JSON today",
      ],
    ];
    pair.link.send([result("before"), ...bad.map(([value]) => result(value)), result("after")]);
    expect(await pair.other.heard(2)).toEqual([result("before"), result("after")]);
    expect(pair.own.refused.map(({ message }) => message)).toEqual(bad.map(([value]) => result(value)));
    for (const [index, [, text]] of bad.entries()) expect(pair.own.refused[index]!.error.message).toContain(text);
  });

  test("ends when either side closes it, after what was sent before", async () => {
    using pair = linked();
    pair.link.send([result("last")]);
    pair.link.close();
    expect(await pair.own.ended).toBeUndefined();
    expect(await pair.other.ended).toBeUndefined();
    expect(pair.other.messages).toEqual([result("last")]);
    pair.link.send([result("too late")]);
    pair.otherLink.send([result("too late")]);
    pair.link.close();
  });

  test("to a thread that dies ends with what killed it", async () => {
    const worker = new Worker("throw new RangeError('out of luck')", { eval: true });
    const recorder = Recorder.on(portLink(worker));
    expect(await recorder.ended).toMatchObject({
      code: "PLUGIN_FAILED",
      message: expect.stringContaining("out of luck"),
    });
    await once(worker, "exit");
  });
});

describe("portLink ends with PROTOCOL_BROKEN at", () => {
  const bomb = (): unknown => {
    let value: unknown = "x";
    for (let level = 0; level < 60; level++) value = [value, value];
    return value;
  };
  test.for<[string, unknown]>([
    ["text", "hello"],
    ["an object", { id: 1, result: 1 }],
    ["half a message", [1, 0]],
    ["too many messages", Array.from({ length: 3 * 5_000 }, () => 0)],
    ["a list that doubles sixty times", [1, 0, bomb()]],
    ["a map", [1, 0, new Map([[1, 2]])]],
    ["a regular expression", [1, 0, /x/]],
    ["a large number of a kind that JSON has not", [1, 0, { a: 10n ** 1_000n }]],
    ["a buffer that is none of ours", [1, 0, new ArrayBuffer(8)]],
    ["too many bytes", [1, 0, new Uint8Array(2_000_000)]],
    ["too much text", [0, "log", "x".repeat(2_000_000)]],
  ])("%s", async ([, frame]) => {
    const { port1, port2 } = new MessageChannel();
    const recorder = Recorder.on(portLink(port1, { maxBytes: 1_000_000 }));
    port2.postMessage(frame);
    expect(await recorder.ended).toMatchObject({ code: "PROTOCOL_BROKEN" });
    expect(recorder.messages).toEqual([]);
  });

  test("a port in a message", async () => {
    const { port1, port2 } = new MessageChannel();
    const recorder = Recorder.on(portLink(port1));
    const stowaway: MessagePort = new MessageChannel().port1;
    port2.postMessage([1, 0, { stowaway }], [stowaway]);
    expect(await recorder.ended).toMatchObject({ code: "PROTOCOL_BROKEN" });
  });
});

test("portLink reads what a hostile thread sends as JSON would: no shared memory, no prototype, nothing unseen behind bytes", async () => {
  const { port1, port2 } = new MessageChannel();
  const link = portLink(port1);
  const recorder = Recorder.on(link);
  const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(1);
  const part = new Uint8Array(1_000).subarray(0, 2);
  const proto = JSON.parse('{"__proto__":{"evil":1},"a":1}') as unknown;
  port2.postMessage([1, 0, { shared, part, proto, nan: Number.NaN }]);
  const [message] = (await recorder.heard(1)) as [{ result: Record<string, Uint8Array> }];
  expect(message.result).toEqual({
    shared: new Uint8Array([1, 1, 1, 1]),
    part: new Uint8Array(2),
    proto: { a: 1 },
    nan: null,
  });
  expect(Object.keys(message.result["proto"]!)).toEqual(["a"]);
  shared.fill(9);
  expect(message.result["shared"]).toEqual(new Uint8Array([1, 1, 1, 1]));
  expect(message.result["part"]!.buffer.byteLength).toBe(2);
  link.close();
});
