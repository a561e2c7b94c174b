import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crossing } from "../test/values.ts";
import { FrameReader } from "./frame-reader.ts";
import { FrameWriter, type Piece } from "./frame-writer.ts";
import type { Message } from "./link.ts";
import { MAX_FRAME_BYTES } from "./message-limits.ts";

const reader = (maxFrameBytes = MAX_FRAME_BYTES, readsBinary = true): FrameReader =>
  new FrameReader({ maxFrameBytes, readsBinary });

function encode(turns: readonly Message[][], isBinary: boolean): Buffer {
  const writer = new FrameWriter(MAX_FRAME_BYTES);
  writer.isBinary = isBinary;
  const refuse = (_message: Message, error: Error): never => {
    throw error;
  };
  return join(turns.flatMap((messages) => writer.write(messages, refuse)));
}

function join(pieces: readonly Piece[]): Buffer {
  return Buffer.concat(pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece) : piece)));
}

function readIn(chunks: readonly Uint8Array[]): unknown[] {
  const messages: unknown[] = [];
  const one = reader();
  let bytes = 0;
  for (const chunk of chunks) bytes += one.read(Buffer.from(chunk), messages);
  expect(one.isInFrame).toBe(false);
  expect(bytes).toBe(chunks.reduce((sum, { length }) => sum + length, 0));
  return messages.map((message) => {
    const { jsonrpc: _, ...rest } = message as { jsonrpc?: string };
    return rest;
  });
}

describe("FrameReader", () => {
  const turns: Message[][] = [
    [{ id: 1, method: "call", params: { text: "é😀\n" } }],
    [
      { id: 1, result: new Uint8Array([0xc1, 10, 13, 0xc1]) },
      { method: "log", params: "\u0000" },
    ],
    [{ id: 2, error: { code: -32_000, message: "no", data: { causes: [] } } }],
    [
      { id: 3, result: null },
      { id: 2, method: "call" },
      { method: "tick", params: new Uint8Array(3) },
    ],
  ];

  test.for([false, true])("reads the same wherever its input is cut, binary %s", (isBinary) => {
    const bytes = encode(turns, isBinary);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(readIn([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(turns.flat());
    }
    expect(readIn([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(turns.flat());
  });

  test("reads whatever was written, however it was cut", () => {
    const message = fc.oneof(
      fc.record({ id: fc.nat(), method: fc.string({ unit: "binary" }), params: crossing }),
      fc.record({ method: fc.string(), params: crossing }),
      fc.record({ id: fc.nat(), result: crossing }),
    ) as fc.Arbitrary<Message>;
    const cuts = fc.array(fc.nat(100_000), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(fc.array(message, { maxLength: 4 })), cuts, fc.boolean(), (turns, cuts, isBinary) => {
        const bytes = encode(turns, isBinary);
        const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
        const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        expect(readIn(chunks)).toEqual(turns.flat());
      }),
    );
  });

  test("reads lines and batches of any JSON-RPC program, in any layout", () => {
    const text = [
      '{"jsonrpc":"2.0","id":1,"method":"call"}\r\n',
      ' [ {"id" : 2 , "result" : { } } ,\t{"method":"log"} ] \n',
      '{"id":3,"result":"\\u0024bytes"}\n',
      '{"id":4,"result":{"\\u0024bytes":"AQI="}}\n',
    ].join("");
    expect(readIn([Buffer.from(text)])).toEqual([
      { id: 1, method: "call" },
      { id: 2, result: {} },
      { method: "log" },
      { id: 3, result: "$bytes" },
      { id: 4, result: new Uint8Array([1, 2]) },
    ]);
  });

  test("keeps nothing of a chunk: bytes that were read do not change with it", () => {
    const bytes = encode(
      [[{ id: 1, result: { small: new Uint8Array(10).fill(1), large: new Uint8Array(90_000).fill(2) } }]],
      true,
    );
    const messages: { result: { small: Uint8Array; large: Uint8Array } }[] = [];
    const [first, rest] = [Buffer.from(bytes.subarray(0, 50)), Buffer.from(bytes.subarray(50))];
    const one = reader();
    one.read(first, messages);
    one.read(rest, messages);
    first.fill(9);
    rest.fill(9);
    const { small, large } = messages[0]!.result;
    expect([new Set(small), new Set(large)]).toEqual([new Set([1]), new Set([2])]);
    expect(small.buffer.byteLength).toBe(10);
    expect(Object.getPrototypeOf(large)).toBe(Uint8Array.prototype);
  });

  test("sets little aside on the word of a length", () => {
    const head = Buffer.from([0xc1, 0x03, 0xff, 0xff, 0xff, 0xdd, 0x03, 0xff, 0xff, 0xff]);
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 10 }, () => reader());
    for (const one of readers) one.read(head, []);
    expect(readers.every(({ isInFrame }) => isInFrame)).toBe(true);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * 3 * 2 ** 20);
  });

  test("gives what came before the frame that broke", () => {
    const messages: unknown[] = [];
    expect(() => reader().read(Buffer.from('{"id":1}\n[{"id":2}]\nno\n{"id":3}\n'), messages)).toThrow("no JSON");
    expect(messages).toEqual([{ id: 1 }, { id: 2 }]);
  });

  test("drops __proto__ wherever it stands", () => {
    const text =
      '{"id":1,"result":{"__proto__":{"evil":1},"a":{"\\u005f_proto__":1,"b":2}},"__proto__":{"method":"x"}}\n';
    const [message] = readIn([Buffer.from(text)]) as [{ result: object }];
    expect(Object.keys(message)).toEqual(["id", "result"]);
    expect(Object.keys(message.result)).toEqual(["a"]);
    expect((message.result as { evil?: number }).evil).toBeUndefined();
    // The same as MessagePack: { "__proto__": { "evil": 1 }, "b": 2 }
    const packed = Buffer.concat([
      Buffer.from([0xc1, 0, 0, 0, 21, 0x82, 0xa9]),
      Buffer.from("__proto__"),
      Buffer.from([0x81, 0xa4]),
      Buffer.from("evil"),
      Buffer.from([1, 0xa1]),
      Buffer.from("b"),
      Buffer.from([2]),
    ]);
    packed.writeUInt32BE(packed.length - 5, 1);
    expect(readIn([packed])).toEqual([{ b: 2 }]);
  });
});

describe("FrameReader refuses", () => {
  const binary = (...bytes: number[]): Buffer => {
    const frame = Buffer.from([0xc1, 0, 0, 0, 0, ...bytes]);
    frame.writeUInt32BE(bytes.length, 1);
    return frame;
  };
  const nested = (open: string, close: string, depth: number): string =>
    `${open.repeat(depth)}1${close.repeat(depth)}\n`;

  test.for<[string, Buffer | string]>([
    ["an empty line", "\n"],
    ["a blank line", "  \r\n"],
    ["no JSON", "hello\n"],
    ["half a message", '{"id":1\n'],
    ["two messages in a line", '{"id":1}{"id":2}\n'],
    ["an HTTP request", "GET / HTTP/1.1\r\n"],
    ["a length in front, as language servers have it", "Content-Length: 20\r\n\r\n"],
    ["a byte order mark", Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d, 0x0a])],
    ["UTF-16", Buffer.from('{"id":1}\n', "utf16le")],
    ["text that is no UTF-8", Buffer.from([0x22, 0xff, 0x22, 0x0a])],
    ["text cut inside a character", Buffer.from([0x22, 0xe2, 0x82, 0x22, 0x0a])],
    ["a surrogate in UTF-8", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22, 0x0a])],
    ["a list of nothing", "[]\n"],
    ["a list of too many messages", `[${"1,".repeat(4_096)}1]\n`],
    ["lists that are nested too deep", nested("[", "]", 1_011)],
    ["objects that are nested too deep", nested('{"a":', "}", 1_011)],
    ["deep nesting beside text that looks like bytes", `["$bytes",${"[".repeat(1_011)}${"]".repeat(1_011)}]\n`],
    ["a hundred thousand levels", nested("[", "]", 100_000)],
    ["a hundred thousand levels that never end", `${"[".repeat(100_000)}\n`],
    ["a line that is too long", `"${"x".repeat(200_000)}"\n`],
    ["a line that grows too long without an end", "x".repeat(200_000)],
    ["bytes that are no base64", '{"$bytes":"A*=="}\n'],
    ["bytes whose base64 is cut", '{"$bytes":"AAA"}\n'],
    ["bytes that are a number", '{"$bytes":7}\n'],
    ["bytes with something beside them", '{"$bytes":"AA==","a":1}\n'],
    ["a binary frame of nothing", binary()],
    ["a binary frame that is too long", Buffer.from([0xc1, 0xff, 0xff, 0xff, 0xff])],
    ["two values in a binary frame", binary(1, 2)],
    ["text longer than its frame", binary(0xdb, 0, 0xff, 0xff, 0xff, 0x61)],
    ["bytes longer than their frame", binary(0xc6, 0xff, 0xff, 0xff, 0xff, 0)],
    ["a list longer than its frame", binary(0xdd, 0xff, 0xff, 0xff, 0xff, 1)],
    ["an object longer than its frame", binary(0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1, 0x61, 1)],
    [
      "lists that each lie about their length",
      binary(...Array.from({ length: 900 }, () => [0xdd, 0xff, 0xff, 0xff, 0xff]).flat()),
    ],
    ["lists in a binary frame that are nested too deep", binary(...Array.from({ length: 1_011 }, () => 0x91), 1)],
    [
      "objects in a binary frame that are nested too deep",
      binary(...Array.from({ length: 1_011 }, () => [0x81, 0xa1, 0x61]).flat(), 1),
    ],
    ["a key that is a number", binary(0x81, 1, 1)],
    ["a key that is a list", binary(0x81, 0x90, 1)],
    ["text in a binary frame that is no UTF-8", binary(0xa2, 0xff, 0xfe)],
    ["the format that MessagePack never uses", binary(0xc1)],
    ["a timestamp", binary(0xd6, 0xff, 0, 0, 0, 0)],
    ["an extension that some libraries make a function of", binary(0xd4, 0x72, 0x40)],
    ["an extension of eight bits", binary(0xc7, 1, 0x65, 0)],
    ["an extension of 32 bits that lies", binary(0xc9, 0xff, 0xff, 0xff, 0xff, 1)],
    ["a list of nothing in a binary frame", binary(0x90)],
    ["a number without its bytes", binary(0xcb, 0)],
  ])("%s", ([, bytes]) => {
    const messages: unknown[] = [];
    const chunk = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    expect(() => reader(150_000).read(chunk, messages)).toThrow(expect.objectContaining({ code: "PROTOCOL_BROKEN" }));
    const slow = reader(150_000);
    expect(() => {
      for (let at = 0; at < chunk.length; at += 777) slow.read(chunk.subarray(at, at + 777), messages);
    }).toThrow(expect.objectContaining({ code: "PROTOCOL_BROKEN" }));
    expect(messages).toEqual([]);
  });

  test("a binary frame where none was agreed on", () => {
    expect(() => reader(MAX_FRAME_BYTES, false).read(binary(0x80), [])).toThrow("not agreed on");
  });

  test("a line of more values than memory should hold, before it parses it", () => {
    const empty = Buffer.from(`[${"[],".repeat(5_000_000)}1]\n`);
    expect(() => reader().read(empty, [])).toThrow("values");
    const deep = Buffer.from(`${"[".repeat(3_000_000)}${"]".repeat(3_000_000)}\n`);
    expect(() => reader().read(deep, [])).toThrow("nested deeper");
  });

  test("a binary frame of more values than memory should hold", () => {
    const values = Buffer.alloc(5_000_000 + 5, 0x90);
    values[0] = 0xdd;
    values.writeUInt32BE(5_000_000, 1);
    expect(() => reader().read(Buffer.concat([Buffer.from([0xc1, 0, 0x4c, 0x4b, 0x45]), values]), [])).toThrow(
      "values",
    );
  });

  test("no long text full of brackets and commas", () => {
    const text = '[{,"\\'.repeat(2_000_000);
    const messages: unknown[] = [];
    reader().read(Buffer.from(`${JSON.stringify({ id: 1, result: text })}\n`), messages);
    expect((messages[0] as { result: string }).result === text).toBe(true);
  });
});
