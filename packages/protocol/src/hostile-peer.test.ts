import { systemClock } from "@berth/base";
import { isHostError } from "@berth/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HeldLink } from "../test/paired-peers.ts";
import { MAX_ITEM_BYTES } from "./stream.ts";
import { Peer } from "./peer.ts";

/** A peer with a request under way (1), a stream of its own (1), and one of the other side (1) that was taken. */
function rig() {
  const link = new HeldLink();
  const peer = new Peer({ link, clock: systemClock, limits: { incomingRequests: 4, streams: 4 } });
  peer.handle("hang", () => new Promise(() => undefined));
  const request = peer.request("ask", {}).catch((error: unknown) => error);
  const own = peer.openStream();
  link.deliver([{ method: "$/open", params: { stream: 1, bytes: 1_000 } }]);
  const theirs = peer.acceptStream(1);
  return { link, peer, request, own, theirs };
}

const hang = (id: unknown): unknown => ({ id, method: "hang" });
const say = (method: string, params: unknown): unknown => ({ method, params });
const data = (stream: unknown, item: unknown): unknown => say("$/data", { stream, item });
const full = "x".repeat(300_000);

/** What no peer in good faith says. */
const HOSTILE: [string, ...unknown[]][] = [
  ["nothing", null],
  ["a number", 7],
  ["text", "hello"],
  ["a list in a list", [[]]],
  ["an empty object", {}],
  ["a method that is a number", { method: 7 }],
  ["a method that is null", { method: null, id: 1 }],
  ["an answer to nothing", { id: 99, result: 1 }],
  ["an answer without an id", { result: 1 }],
  ["an answer whose id is text", { id: "1", result: 1 }],
  ["an answer whose id is null", { id: null, error: { code: -32_700, message: "Parse error" } }],
  ["a second answer", { id: 1, result: 1 }, { id: 1, result: 2 }],
  ["an answer with neither result nor error", { id: 1 }],
  ["an answer with both", { id: 1, result: 1, error: { code: 1, message: "no" } }],
  ["an error that is text", { id: 1, error: "no" }],
  ["an error without a message", { id: 1, error: { code: 1 } }],
  ["an error whose code is text", { id: 1, error: { code: "1", message: "no" } }],
  ["an error that is null", { id: 1, result: null, error: null }],
  ["a request whose id is text", hang("1")],
  ["a request whose id is null", hang(null)],
  ["a request whose id is a fraction", hang(1.5)],
  ["a request whose id is zero", hang(0)],
  ["a request whose id is below zero", hang(-1)],
  ["a request whose id is infinite", hang(Infinity)],
  ["a request id twice", hang(1), hang(1)],
  ["request ids that count down", hang(2), hang(1)],
  ["too many requests", ...[1, 2, 3, 4, 5].map(hang)],
  ["a cancellation of nothing", say("$/cancel", undefined)],
  ["a cancellation of null", say("$/cancel", null)],
  ["a cancellation of text", say("$/cancel", { id: "1" })],
  ["an item without a stream", say("$/data", { item: 1 })],
  ["an item whose params are text", say("$/data", "1")],
  ["an item of stream zero", data(0, 1)],
  ["an item of a stream that neither opened", data(9, 1)],
  ["an item of a stream that this side never opened", data(-9, 1)],
  ["an item of a stream that is text", data("1", 1)],
  ["a stream that skips a number", say("$/open", { stream: 3, bytes: 1 })],
  ["a stream that was opened before", say("$/open", { stream: 1, bytes: 1 })],
  ["a stream opened in our name", say("$/open", { stream: -2, bytes: 1 })],
  ["a stream without credit", say("$/open", { stream: 2 })],
  ["too many streams", ...[2, 3, 4].map((stream) => say("$/open", { stream, bytes: 1 }))],
  ["credit of nothing", say("$/credit", { stream: 1, bytes: 0 })],
  ["credit below zero", say("$/credit", { stream: 1, bytes: -5 })],
  ["credit of a fraction", say("$/credit", { stream: 1, bytes: 0.5 })],
  ["credit that overflows", say("$/credit", { stream: 1, bytes: Number.MAX_SAFE_INTEGER })],
  ["an item after the end", say("$/end", { stream: 1 }), data(1, "more")],
  ["a second end", say("$/end", { stream: 1 }), say("$/end", { stream: 1 })],
  ["an item beyond the credit", data(1, full), data(1, "one more")],
  ["an item beyond the credit of our own stream", data(-1, full), data(-1, "one more")],
  ["an item that is too large", data(1, new Uint8Array(MAX_ITEM_BYTES))],
  ["a reset without a reason", say("$/reset", { stream: 1 })],
];

describe("Peer ends with PROTOCOL_BROKEN at", () => {
  test.for(HOSTILE)("%s", async ([, ...messages]) => {
    const { link, peer, request, own } = rig();
    link.deliver(messages);
    expect(await peer.ended).toMatchObject({ code: "PROTOCOL_BROKEN", info: { fault: "plugin" } });
    expect(link.isClosed).toBe(true);
    await expect(own.read()).rejects.toMatchObject({ code: "PROTOCOL_BROKEN" });
    // Answered before the end, or ended with it.
    const answer = await request;
    expect([1, expect.objectContaining({ code: "PROTOCOL_BROKEN" })]).toContainEqual(answer);
  });
});

test("Peer ends with PROTOCOL_BROKEN at a large item on each of many streams", async () => {
  const link = new HeldLink();
  const peer = new Peer({ link, clock: systemClock, limits: { streams: 64 } });
  const item = new Uint8Array(MAX_ITEM_BYTES - 8);
  let streams = 0;
  while (!link.isClosed) {
    link.deliver([say("$/open", { stream: ++streams, bytes: 1 }), data(streams, item)]);
  }
  expect(await peer.ended).toMatchObject({ code: "PROTOCOL_BROKEN" });
  expect(streams).toBeLessThan(12);
});

test("Peer, whatever it is told, goes on or ends with PROTOCOL_BROKEN, and throws nothing at its link", async () => {
  const id = fc.constantFrom<unknown>(0, 1, 2, 3, -1, 1.5, "1", null, undefined, 2 ** 60);
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(undefined, Number.NaN, new Uint8Array(9)));
  const own = fc.constantFrom<unknown>("$/cancel", "$/open", "$/data", "$/credit", "$/end", "$/reset", "$/ping", "$/x");
  const method = fc.oneof(own, fc.constantFrom<unknown>("hang", "log", "", 7, null));
  const params = fc.oneof(
    value,
    fc.record({ stream: id, bytes: id, item: value, id, error: value }, { requiredKeys: [] }),
  );
  const error = fc.oneof(value, fc.record({ code: id, message: value, data: value }));
  const message = fc.oneof(
    { weight: 1, arbitrary: value },
    { weight: 8, arbitrary: fc.record({ id, method, params, result: value, error }, { requiredKeys: [] }) },
    { weight: 8, arbitrary: fc.record({ method, params }) },
  );
  const check = fc.assert(
    fc.asyncProperty(fc.array(fc.array(message, { maxLength: 5 }), { maxLength: 10 }), async (batches) => {
      const { link, peer } = rig();
      for (const batch of batches) link.deliver(batch);
      const isBroken = link.isClosed;
      peer.close();
      const ended = await peer.ended;
      return isBroken ? isHostError(ended, "PROTOCOL_BROKEN") : ended === undefined;
    }),
    { numRuns: 1_000 },
  );
  await expect(check).resolves.toBeUndefined();
});

test("Peer hears nothing after the message that broke the protocol", async () => {
  const { link, peer } = rig();
  const heard: unknown[] = [];
  peer.listen("log", (params) => void heard.push(params));
  link.deliver([say("log", 1), { id: 99, result: 1 }, say("log", 2)]);
  await peer.ended;
  expect(heard).toEqual([1]);
});

test("Peer takes no method name for a member of an object", async () => {
  const { link, peer } = rig();
  const names = ["constructor", "__proto__", "toString", "hasOwnProperty"];
  link.deliver(names.map((method, index) => ({ id: index + 1, method })));
  link.deliver(names.map((method) => ({ method })));
  await Promise.resolve();
  await Promise.resolve();
  const codes = link.sent.flat().flatMap((message) => ("error" in message ? [message.error?.code] : []));
  expect(codes).toEqual(names.map(() => -32_601));
  peer.close();
});

test("Peer survives what was on its way when a stream ended here", () => {
  const { link, peer, own, theirs } = rig();
  own.reset(new Error("enough"));
  theirs.reset(new Error("enough"));
  link.deliver([
    data(1, "late"),
    data(-1, "late"),
    say("$/credit", { stream: -1, bytes: 5 }),
    say("$/end", { stream: 1 }),
    say("$/reset", { stream: -1, error: { code: 1, message: "me too" } }),
  ]);
  expect(link.isClosed).toBe(false);
  peer.close();
});
