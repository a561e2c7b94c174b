import { systemClock } from "@berth/base";
import { duplexPair } from "node:stream";
import { MessageChannel } from "node:worker_threads";
import fc from "fast-check";
import { Packr } from "msgpackr";
import { describe, expect, test } from "vitest";
import { crossing } from "../test/values.ts";
import { itemSize } from "./item-size.ts";
import type { Link } from "./link.ts";
import { MsgpackReader } from "./msgpack-reader.ts";
import { MsgpackWriter } from "./msgpack-writer.ts";
import { Peer } from "./peer.ts";
import { portLink } from "./port-link.ts";
import { socketLink } from "./socket-link.ts";

/** The ways a value can go: by name, the two links. */
const WAYS: Record<string, () => [Link, Link]> = {
  "a port": () => {
    const { port1, port2 } = new MessageChannel();
    return [portLink(port1), portLink(port2)];
  },
  "JSON lines": () => sockets(false),
  "binary frames": () => sockets(true),
};

function sockets(isBinary: boolean): [Link, Link] {
  const [one, other] = duplexPair();
  const links = [socketLink(one), socketLink(other)] as const;
  for (const link of links) {
    link.acceptLargeFrames();
    if (isBinary) link.useBinary();
  }
  return [...links];
}

function echoOver(way: string) {
  const [link, otherLink] = WAYS[way]!();
  const host = new Peer({ link, clock: systemClock });
  const plugin = new Peer({ link: otherLink, clock: systemClock, side: "plugin" });
  plugin.handle("echo", (params) => params);
  return {
    host,
    plugin,
    [Symbol.dispose]() {
      host.close();
      plugin.close();
    },
  };
}

class Point {
  x = 1;
  readonly #secret = 2;
  get sum(): number {
    return this.x + this.#secret;
  }
}

/** Values that are more than JSON and bytes, and what arrives. Bytes stand beside each, so that a binary frame carries it. */
const ODD: [string, unknown, unknown][] = [
  ["nothing in a list", [undefined, 1], [null, 1]],
  ["nothing in an object", { a: undefined, b: 1 }, { b: 1 }],
  ["a function in a list", [() => 1], [null]],
  ["a function in an object", { f: () => 1, b: 1 }, { b: 1 }],
  ["a symbol", { s: Symbol("s"), b: 1 }, { b: 1 }],
  ["numbers that JSON has not", [Number.NaN, Infinity, -Infinity], [null, null, null]],
  ["a date", new Date(0), "1970-01-01T00:00:00.000Z"],
  ["an address", new URL("http://localhost/a"), "http://localhost/a"],
  ["an instance of a class", new Point(), { x: 1 }],
  ["an object without a prototype", Object.assign(Object.create(null) as object, { a: 1 }), { a: 1 }],
  ["a key that would change the object", JSON.parse('{"__proto__":{"a":1},"b":1}'), { b: 1 }],
  ["part of a buffer", new Uint8Array([1, 2, 3]).subarray(1), new Uint8Array([2, 3])],
  ["a buffer of Node.js", Buffer.from([1, 2]), new Uint8Array([1, 2])],
  ["a list with holes", Array.from({ length: 2 }), [null, null]],
];

describe.for(Object.keys(WAYS))("Over %s", (way) => {
  test("JSON and bytes arrive as they were", async () => {
    using pair = echoOver(way);
    await fc.assert(
      fc.asyncProperty(crossing, async (value) => {
        const [echoed] = (await pair.host.request("echo", [value])) as unknown[];
        expect(echoed).toEqual(value);
        expect(itemSize(echoed)).toBe(itemSize(value));
      }),
    );
  });

  test.for(ODD)("%s arrives as JSON has it", async ([, value, expected]) => {
    using pair = echoOver(way);
    const [arrived] = (await pair.host.request("echo", [value, new Uint8Array(1)])) as unknown[];
    expect(typeof arrived === "object" ? { ...(arrived as object) } : arrived).toEqual(
      typeof expected === "object" ? { ...(expected as object) } : expected,
    );
    expect(itemSize(arrived)).toBe(itemSize(expected));
    expect(itemSize(value)).toBe(itemSize(expected));
  });

  test.for<[string, unknown]>([
    ["a map", new Map([[1, 2]])],
    ["an error", { error: new Error("no") }],
    ["a big integer", [1n]],
    ["numbers of another kind", new Float64Array(2)],
    ["text as an object", Object("text")],
  ])("%s is refused, and the conversation goes on", async ([, value]) => {
    using pair = echoOver(way);
    await expect(pair.host.request("echo", value)).rejects.toMatchObject({ code: "CONTRACT_BROKEN" });
    pair.plugin.handle("make", () => value);
    await expect(pair.host.request("make", {})).rejects.toMatchObject({ code: "CONTRACT_BROKEN" });
    expect(await pair.host.request("echo", "still here")).toBe("still here");
  });

  test("a value may be a thousand levels deep, and no deeper", async () => {
    using pair = echoOver(way);
    const nest = (depth: number): unknown => {
      let value: unknown = new Uint8Array(1);
      for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { a: value };
      return value;
    };
    const deep = nest(999);
    expect(JSON.stringify(await pair.host.request("echo", deep))).toBe(JSON.stringify(deep));
    await expect(pair.host.request("echo", nest(1_000))).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
  });

  test("a stream carries what a request does, and its credit comes out even", async () => {
    using pair = echoOver(way);
    const items = [...ODD.map(([, value]) => value), "x".repeat(50_000), new Uint8Array(50_000)];
    const own = pair.host.openStream();
    pair.plugin.handle("take", (id) => {
      const stream = pair.plugin.acceptStream(id);
      void (async () => {
        for (let item = await stream.read(); item !== undefined; item = await stream.read()) await stream.write(item);
        stream.end();
      })();
    });
    await pair.host.request("take", own.id);
    const writing = (async () => {
      for (let round = 0; round < 20; round++) for (const item of items) await own.write(item);
      own.end();
    })();
    let count = 0;
    for (let item = await own.read(); item !== undefined; item = await own.read()) count++;
    await writing;
    expect(count).toBe(20 * items.length);
  });
});

describe("MessagePack", () => {
  const packr = new Packr({ useRecords: false, moreTypes: false });

  function write(value: unknown): Buffer {
    const writer = new MsgpackWriter(16, 3);
    writer.value(value);
    return Buffer.concat(writer.finish()).subarray(3);
  }

  test("is written so that others read it, and read as others write it", () => {
    fc.assert(
      fc.property(crossing, (value) => {
        const bytes = write([value]);
        expect(new MsgpackReader(bytes).read()).toEqual([value]);
        expect(new MsgpackReader(packr.pack(packr.unpack(bytes))).read()).toEqual([value]);
      }),
    );
  });

  test.for<[string, number[], unknown]>([
    ["a short float", [0xca, 0x3f, 0xc0, 0, 0], 1.5],
    ["an unsigned number of 64 bits", [0xcf, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 2 ** 53 - 1],
    ["a signed number of 64 bits", [0xd3, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0], -(2 ** 32)],
    ["text of 8, 16 and 32 bits", [0x93, 0xd9, 1, 0x61, 0xda, 0, 1, 0x62, 0xdb, 0, 0, 0, 1, 0x63], ["a", "b", "c"]],
    ["an object of 16 bits", [0xde, 0, 1, 0xa1, 0x61, 0xc2], { a: false }],
    ["the same key twice", [0x82, 0xa1, 0x61, 1, 0xa1, 0x61, 2], { a: 2 }],
  ])("may have %s", ([, bytes, expected]) => {
    expect(new MsgpackReader(Buffer.from(bytes)).read()).toEqual(expected);
  });

  test("that was made up is refused or read, and never throws anything else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          new MsgpackReader(Buffer.from(bytes)).read();
        } catch (error) {
          expect(error).toMatchObject({ code: "PROTOCOL_BROKEN" });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
