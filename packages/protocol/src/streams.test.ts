import { systemClock } from "@berth/base";
import { HostError } from "@berth/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HeldLink, pairedPeers } from "../test/paired-peers.ts";
import { itemSize } from "./item-size.ts";
import { PEER_LIMITS } from "./peer-limits.ts";
import { Peer } from "./peer.ts";
import { FIRST_CREDIT } from "./stream-end.ts";
import { MAX_ITEM_BYTES, type Stream } from "./stream.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Both ends of one stream, opened by the host. */
async function joined(pair: ReturnType<typeof pairedPeers>): Promise<[Stream, Stream]> {
  const taken = Promise.withResolvers<Stream>();
  pair.plugin.handle("take", (params) => {
    taken.resolve(pair.plugin.acceptStream((params as { stream: number }).stream));
  });
  const own = pair.host.openStream();
  await pair.host.request("take", { stream: own.id });
  return [own, await taken.promise];
}

async function readAll(stream: Stream): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let item = await stream.read(); item !== undefined; item = await stream.read()) items.push(item);
  return items;
}

describe("Stream", () => {
  test("carries items both ways, in order, each to its end", async () => {
    using pair = pairedPeers(systemClock);
    const [own, other] = await joined(pair);
    const items = ["text", "", 7, null, false, [1, { a: [] }], new Uint8Array([1, 2]), { $bytes: "x" }];
    for (const stream of [own, other]) {
      for (const item of items) void stream.write(item);
      stream.end();
    }
    expect(await Promise.all([readAll(own), readAll(other)])).toEqual([items, items]);
    expect(await own.read()).toBeUndefined();
  });

  test("can be written to before the other side has taken it", async () => {
    const link = new HeldLink();
    const peer = new Peer({ link, clock: systemClock });
    link.deliver([
      { method: "$/open", params: { stream: 1, bytes: 10 } },
      { method: "$/data", params: { stream: 1, item: "early" } },
      { method: "$/end", params: { stream: 1 } },
    ]);
    expect(await readAll(peer.acceptStream(1))).toEqual(["early"]);
    peer.close();
  });

  test("is taken once, and only if the other side opened it", async () => {
    using pair = pairedPeers(systemClock);
    const [own] = await joined(pair);
    for (const id of [own.id, 2, -1, 0, "1", null, undefined, {}, Number.NaN]) {
      expect(() => pair.plugin.acceptStream(id)).toThrow("Cannot take the stream");
    }
    expect(() => pair.host.acceptStream(own.id)).toThrow("Cannot take the stream");
  });

  test("makes its writer wait while the reader does not read, and no longer", async () => {
    using pair = pairedPeers(systemClock);
    const [own, other] = await joined(pair);
    await turn();
    const item = "x".repeat(FIRST_CREDIT - 8);
    const window = PEER_LIMITS.streamWindowBytes;
    let written = 0;
    const writing = (async () => {
      for (let left = 40; left > 0; left--) {
        await own.write(item);
        written++;
      }
      own.end();
    })();
    for (let wait = 0; wait < 20; wait++) await turn();
    expect(written).toBe(window / FIRST_CREDIT - 1);
    expect((await readAll(other)).length).toBe(40);
    await writing;
  });

  test("takes one item that is larger than the window, and no larger one than is allowed", async () => {
    using pair = pairedPeers(systemClock);
    const [own, other] = await joined(pair);
    const largest = new Uint8Array(MAX_ITEM_BYTES - 8).fill(1);
    const writing = own.write(largest);
    expect(await other.read()).toEqual(largest);
    await writing;
    await expect(own.write(new Uint8Array(MAX_ITEM_BYTES))).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
    await expect(own.write(undefined)).rejects.toMatchObject({ code: "CONTRACT_BROKEN" });
    await own.write("still there");
    expect(await other.read()).toBe("still there");
  });

  test("resolves the last write though nobody reads", async () => {
    using pair = pairedPeers(systemClock);
    const [own, other] = await joined(pair);
    const last = own.write(new Uint8Array(2_000_000));
    own.end();
    await last;
    other.end();
    await expect(own.write("more")).rejects.toThrow("this side has ended it");
    expect((await readAll(other)).length).toBe(1);
  });

  test("reset rejects reads and writes of both sides with the reason", async () => {
    using pair = pairedPeers(systemClock);
    const [own, other] = await joined(pair);
    const reading = other.read();
    const waiting = [own.write(new Uint8Array(1_000_000)), own.write("behind it")];
    const reason = new HostError("CAPABILITY_FAILED", "The connection was lost");
    await reading;
    const next = other.read();
    own.reset(reason);
    for (const promise of [...waiting.slice(1), own.read(), own.write(1)]) await expect(promise).rejects.toBe(reason);
    await Promise.allSettled(waiting);
    const remote = { code: "CAPABILITY_FAILED", message: "The connection was lost" };
    await expect(next).rejects.toMatchObject(remote);
    await expect(other.write(1)).rejects.toMatchObject(remote);
    other.reset(new Error("too late to matter"));
    other.end();
  });

  test("is reset when it is dropped before both sides have ended, and not afterwards", async () => {
    using pair = pairedPeers(systemClock);
    {
      using own = pair.host.openStream();
      expect(own.id).toBe(1);
    }
    const [own, other] = await joined(pair);
    own.end();
    other.end();
    await readAll(own);
    await readAll(other);
    own[Symbol.dispose]();
    await turn();
    const resets = pair.hostLink.sent.flat().filter((message) => "method" in message && message.method === "$/reset");
    expect(resets).toHaveLength(1);
  });

  test("that cannot be sent is reset with the reason", async () => {
    const link = new HeldLink();
    const peer = new Peer({ link, clock: systemClock });
    const stream = peer.openStream();
    const reason = new HostError("CONTRACT_BROKEN", "Cannot send a Map");
    link.refuse({ method: "$/data", params: { stream: stream.id, item: 1 } }, reason);
    await expect(stream.read()).rejects.toBe(reason);
    peer.close();
  });

  test("counts against the limit until both sides have ended or one was reset", async () => {
    using pair = pairedPeers(systemClock, { streams: 2 });
    const [own, other] = await joined(pair);
    const second = pair.host.openStream();
    expect(() => pair.host.openStream()).toThrow("2 are open");
    own.end();
    other.end();
    await readAll(own);
    pair.host.openStream()[Symbol.dispose]();
    second.reset(new Error("enough"));
    for (let round = 0; round < 10; round++) pair.host.openStream()[Symbol.dispose]();
    pair.plugin.handle("alive", () => true);
    expect(await pair.host.request("alive", {})).toBe(true);
  });

  test("may carry as many large items as it likes, one after the other", async () => {
    using pair = pairedPeers(systemClock);
    const item = new Uint8Array(MAX_ITEM_BYTES / 2);
    for (let round = 0; round < 5; round++) {
      const [own, other] = await joined(pair);
      const writing = (async () => {
        for (let left = 4; left > 0; left--) await own.write(item);
        own.end();
      })();
      if (round === 0) await other.read().then(() => other.reset(new Error("enough")));
      else expect(await readAll(other)).toHaveLength(4);
      await writing.catch(() => undefined);
    }
  });

  test("ends with its peer", async () => {
    const pair = pairedPeers(systemClock);
    const [own, other] = await joined(pair);
    const reads = Promise.allSettled([own.read(), other.read()]);
    pair.host.close();
    expect((await reads).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });
});

describe("Stream credit", () => {
  const item = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 200 }),
    fc.uint8Array({ maxLength: 50_000 }),
    fc.jsonValue({ maxDepth: 3 }),
  );

  test("is exact: what a writer may send is at all times what it was given less what it sent", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(item, fc.constant("read" as const)), { maxLength: 60 }), async (steps) => {
        using pair = pairedPeers(systemClock, { streamWindowBytes: FIRST_CREDIT });
        const [own, other] = await joined(pair);
        const written: unknown[] = [];
        const reads: Promise<unknown>[] = [];
        for (const step of steps) {
          if (step === "read") reads.push(other.read());
          else {
            written.push(step);
            void own.write(step);
          }
        }
        own.end();
        const got = [...(await Promise.all(reads)), ...(await readAll(other))].filter((got) => got !== undefined);
        expect(got).toEqual(structuredClone(written));
        const said = pair.hostLink.sent.flat().concat(pair.pluginLink.sent.flat());
        checkCredit(said);
      }),
      { numRuns: 60 },
    );
  });

  test("is used to the last byte, by both sides alike", async () => {
    const link = new HeldLink();
    const peer = new Peer({ link, clock: systemClock, limits: { streamWindowBytes: FIRST_CREDIT } });
    const own = peer.openStream();
    const sent = (): number =>
      link.sent.flat().filter((message) => "method" in message && message.method === "$/data").length;
    void own.write(new Uint8Array(FIRST_CREDIT - 8 - 9));
    void own.write("a");
    await turn();
    // Nothing is left: what comes next waits for one byte of credit, whatever its size.
    const last = own.write("b".repeat(1_000));
    await turn();
    expect(sent()).toBe(2);
    link.deliver([{ method: "$/credit", params: { stream: -1, bytes: 1 } }]);
    await turn();
    expect(sent()).toBe(3);
    link.deliver([{ method: "$/credit", params: { stream: -1, bytes: 1_007 } }]);
    await turn();
    void own.write("c");
    await turn();
    expect(sent()).toBe(3);
    link.deliver([{ method: "$/credit", params: { stream: -1, bytes: 1 } }]);
    await turn();
    expect(sent()).toBe(4);
    link.deliver([{ method: "$/credit", params: { stream: -1, bytes: 9 } }]);
    await last;

    link.deliver([{ method: "$/open", params: { stream: 1, bytes: 1 } }]);
    link.deliver([{ method: "$/data", params: { stream: 1, item: new Uint8Array(FIRST_CREDIT - 8 - 1) } }]);
    link.deliver([{ method: "$/data", params: { stream: 1, item: "one byte was left" } }]);
    expect(link.isClosed).toBe(false);
    link.deliver([{ method: "$/data", params: { stream: 1, item: "" } }]);
    expect(link.isClosed).toBe(true);
  });

  /** What was sent never went below zero by more than the last item, and nothing was given back that was not sent. */
  function checkCredit(said: readonly object[]): void {
    const sum = (method: string, of: (params: { item: unknown; bytes: number }) => number): number =>
      said
        .filter((message) => "method" in message && message.method === method)
        .reduce((total, message) => total + of((message as { params: never }).params), 0);
    const sent = sum("$/data", ({ item }) => itemSize(item));
    const given = sum("$/credit", ({ bytes }) => bytes);
    expect(given).toBeLessThanOrEqual(sent);
    expect(sent - given).toBeLessThan(FIRST_CREDIT + MAX_ITEM_BYTES);
  }
});
