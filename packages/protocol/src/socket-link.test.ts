import { type Clock, ManualClock } from "@berth/base";
import { once } from "node:events";
import { createServer, connect, type Socket } from "node:net";
import { Duplex, duplexPair } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { Recorder } from "../test/recorder.ts";
import { give } from "./give.ts";
import type { Message } from "./link.ts";
import { socketLink, type SocketLink, type SocketLinkOptions } from "./socket-link.ts";

function linked(options?: SocketLinkOptions) {
  const [stream, otherStream] = duplexPair();
  const [link, otherLink] = [socketLink(stream, options), socketLink(otherStream, options)];
  return { link, otherLink, stream, otherStream, own: Recorder.on(link), other: Recorder.on(otherLink) };
}

/** A link, and the bare stream at its other end. */
function bare(options?: SocketLinkOptions) {
  const [stream, wire] = duplexPair();
  const link = socketLink(stream, options);
  return { link, wire, stream, recorder: Recorder.on(link) };
}

const result = (value: unknown): Message => ({ id: 1, result: value });
const greet = (...links: SocketLink[]): void => {
  for (const link of links) {
    link.acceptLargeFrames();
    link.useBinary();
  }
};

describe("socketLink", () => {
  test("writes a message as a line of JSON-RPC 2.0, and those of a turn as a batch", async () => {
    const { link, wire } = bare();
    link.send([{ id: 1, method: "call", params: { a: "é\n" } }]);
    link.send([
      { method: "log" },
      { id: 2, result: null },
      { id: 3, error: { code: -32_601, message: "no", data: { code: "CONTRACT_BROKEN", causes: [] } } },
    ]);
    const lines = [
      '{"jsonrpc":"2.0","id":1,"method":"call","params":{"a":"é\\n"}}\n',
      '[{"jsonrpc":"2.0","method":"log"},{"jsonrpc":"2.0","id":2,"result":null},',
      '{"jsonrpc":"2.0","id":3,"error":{"code":-32601,"message":"no","data":{"code":"CONTRACT_BROKEN","causes":[]}}}]\n',
    ].join("");
    link.close();
    expect(await text(wire)).toBe(lines);
  });

  test("writes bytes and long text as MessagePack once that was agreed on, the rest as lines, all in order", async () => {
    const { link, wire } = bare();
    const messages = [result("first"), result(new Uint8Array([1])), result("x".repeat(16_384)), result("last")];
    link.send([result(new Uint8Array([0xfb, 0xff]))]);
    greet(link);
    link.send(messages);
    const expected = [
      '{"jsonrpc":"2.0","id":1,"result":{"$bytes":"+/8="}}\n{"jsonrpc":"2.0","id":1,"result":"first"}\n',
      "\u00c1\u0000\u0000\u0040\u0023\u00dd\u0000\u0000\u0000\u0002",
      "\u0082\u00a2id\u0001\u00a6result\u00c4\u0001\u0001",
      `\u0082\u00a2id\u0001\u00a6result\u00da\u0040\u0000${"x".repeat(16_384)}`,
      '{"jsonrpc":"2.0","id":1,"result":"last"}\n',
    ].join("");
    link.close();
    expect((await buffer(wire)).toString("latin1")).toBe(expected);
  });

  test("delivers all that a chunk brought at once", async () => {
    const { link, wire, recorder } = bare();
    wire.write('{"id":1,"method":"a"}\n[{"id":2,"method":"b"},{"id":3,"method":"c"}]\n{"id":4,');
    await recorder.heard(3);
    wire.write('"method":"d"}\n');
    await recorder.heard(4);
    expect(recorder.batches).toEqual([3, 1]);
    link.close();
  });

  test("carries a megabyte each way, given or not, without a copy of the given that could change", async () => {
    const { link, otherLink, own, other } = linked();
    greet(link, otherLink);
    const bytes = new Uint8Array(2 ** 20).fill(5);
    const given = give(new Uint8Array(2 ** 20).fill(6));
    link.send([result(bytes), result([given, "x".repeat(2 ** 20)])]);
    bytes.fill(0);
    const [first, second] = (await other.heard(2)) as { result: never }[];
    expect(Buffer.compare(first!.result, new Uint8Array(2 ** 20).fill(5))).toBe(0);
    expect(Buffer.compare(second!.result[0], new Uint8Array(2 ** 20).fill(6))).toBe(0);
    expect((second!.result[1] as string).length).toBe(2 ** 20);
    otherLink.send([result(second!.result)]);
    const [back] = (await own.heard(1)) as { result: [Uint8Array] }[];
    expect(back!.result[0].length).toBe(2 ** 20);
    link.close();
  });

  test("sends nothing before the handshake that is longer than a megabyte, and nothing ever beyond its limit", async () => {
    const { link, otherLink, own, other } = linked({ maxFrameBytes: 2 * 2 ** 20 });
    const long = "x".repeat(2 ** 20);
    link.send([result(long), result("short")]);
    expect(await other.heard(1)).toEqual([expect.objectContaining({ result: "short" })]);
    for (const one of [link, otherLink]) one.acceptLargeFrames();
    link.send([result(long), result("é".repeat(2 ** 20)), result(new Uint8Array(1.7 * 2 ** 20))]);
    greet(link, otherLink);
    link.send([
      result("é".repeat(2 ** 20)),
      result(new Uint8Array(1.7 * 2 ** 20)),
      result(new Uint8Array(2 * 2 ** 20)),
    ]);
    link.send([result("end")]);
    const messages = (await other.heard(4)) as { result: { length: number } }[];
    expect(messages.map((message) => message.result.length)).toEqual([5, 2 ** 20, Math.floor(1.7 * 2 ** 20), 3]);
    expect(own.refused.map(({ error }) => error)).toEqual(
      Array.from({ length: 5 }, () => expect.objectContaining({ code: "LIMIT_EXCEEDED" })),
    );
    link.close();
  });

  test("splits what is said in one turn, so that no frame is too long", async () => {
    const { link, other } = linked();
    link.send(Array.from({ length: 200 }, (_, id) => ({ id: id + 1, result: "x".repeat(15_000) })));
    expect((await other.heard(200)).map((message) => (message as { id: number }).id)).toEqual(
      Array.from({ length: 200 }, (_, id) => id + 1),
    );
    link.close();
  });

  test("refuses what cannot cross, alone, and sends the rest", async () => {
    const { link, own, other } = linked();
    greet(link);
    const thrower = {
      toJSON: () => {
        throw new Error("no JSON today");
      },
    };
    link.send([result("before"), result(new Map()), result([new Uint8Array(1), 1n]), result(thrower), result("after")]);
    expect(await other.heard(2)).toMatchObject([{ result: "before" }, { result: "after" }]);
    expect(own.refused).toHaveLength(3);
    link.close();
  });

  test("that reads JSON alone ends at a binary frame", async () => {
    const { wire, recorder } = bare({ encodings: ["json"] });
    wire.write(Buffer.from([0xc1, 0, 0, 0, 1, 0x80]));
    expect(await recorder.ended).toMatchObject({ code: "PROTOCOL_BROKEN" });
  });

  test("ends at a line that is longer than the handshake needs", async () => {
    const { wire, recorder } = bare();
    wire.write("x".repeat(2 ** 20 + 1));
    expect(await recorder.ended).toMatchObject({ code: "PROTOCOL_BROKEN" });
  });

  test("in order sends first what waits; in the middle of a message it says so", async () => {
    const { link, otherLink, own, other } = linked();
    link.send([result("last words")]);
    link.close();
    expect(await other.ended).toBeUndefined();
    expect(await own.ended).toBeUndefined();
    expect(other.messages).toMatchObject([{ result: "last words" }]);
    otherLink.send([result("to nobody")]);

    const half = bare();
    half.wire.end('{"id":1,');
    expect(await half.recorder.ended).toMatchObject({ code: "PLUGIN_FAILED" });
  });

  test("tells the error of its stream once, and survives those that come later", async () => {
    const { link, stream, recorder } = bare();
    const error = new Error("connection reset");
    stream.destroy(error);
    expect(await recorder.ended).toBe(error);
    stream.emit("error", new Error("and again"));
    link.send([result(1)]);
    link.close();
  });

  test("ends when too much waits for a side that does not read", async () => {
    const stuck = new Duplex({ read: () => undefined, write: () => undefined });
    const link = socketLink(stuck, { maxQueuedBytes: 10_000 });
    const recorder = Recorder.on(link);
    link.send([result("x".repeat(9_000))]);
    expect(link.bufferedBytes).toBeGreaterThan(9_000);
    link.send([result("x".repeat(9_000))]);
    expect(await recorder.ended).toMatchObject({
      code: "PROTOCOL_BROKEN",
      message: expect.stringContaining("does not read"),
    });
    expect(stuck.destroyed).toBe(true);
  });

  test("rests as long as it took to read what was long", async () => {
    const clock = new ManualClock();
    // Each look at the clock finds 30 ms gone.
    const slow: Clock = {
      now: () => clock.now(),
      setTimer: (fire, delayMs) => clock.setTimer(fire, delayMs),
      monotonicMs: () => (readings += 30),
    };
    let readings = 0;
    const { link, wire, recorder } = bare({ clock: slow });
    const long = `{"id":2,"result":"${"x".repeat(2 ** 19)}"}\n`;
    wire.write('{"id":1,"result":1}\n');
    await recorder.heard(1);
    expect(clock.pendingTimers).toBe(0);
    wire.write(long);
    await recorder.heard(2);
    wire.write(long);
    await clock.advance(29);
    expect(recorder.messages).toHaveLength(2);
    await clock.advance(1);
    await recorder.heard(3);
    expect(clock.pendingTimers).toBe(1);
    link.close();
    expect(clock.pendingTimers).toBe(0);
  });

  test("talks over a real socket", async () => {
    await using server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const accepted = once(server, "connection") as Promise<[Socket]>;
    const link = socketLink(connect(port, "127.0.0.1"));
    const otherLink = socketLink((await accepted)[0]);
    const [own, other] = [Recorder.on(link), Recorder.on(otherLink)];
    greet(link, otherLink);
    const values = [1, "x".repeat(3_000_000), new Uint8Array(3_000_000), { $bytes: [new Uint8Array(3)] }];
    link.send(values.map(result));
    const echoed = (await other.heard(values.length)) as Message[];
    otherLink.send(echoed);
    const back = (await own.heard(values.length)) as { result: unknown }[];
    expect(back.map((message) => JSON.stringify(message.result))).toEqual(values.map((value) => JSON.stringify(value)));
    link.close();
    expect(await other.ended).toBeUndefined();
  });
});
