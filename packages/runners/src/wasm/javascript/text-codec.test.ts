import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTextCodec, utf8Length } from "./text-codec.ts";

const own = createTextCodec(() => undefined);
const anyText = fc.string({ unit: fc.constantFrom("a", "é", "€", "😀", "\ud800", "\udc00", "\ufeff", "\0") });

describe("text of a component, without help from outside, is as in Node", () => {
  test("to bytes", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const bytes = new TextEncoder().encode(text);
        expect(new own.TextEncoder().encode(text)).toEqual(bytes);
        expect(utf8Length(text)).toBe(bytes.length);
      }),
    );
  });

  test("from bytes, in one piece and in pieces", () => {
    const byte = fc.constantFrom(
      0x00,
      0x41,
      0x7f,
      0x80,
      0xbf,
      0xc1,
      0xc3,
      0xa9,
      0xe0,
      0xed,
      0xef,
      0xbb,
      0xf0,
      0x90,
      0xf4,
      0xf5,
      0xff,
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 12 }), fc.nat(12), (list, cut) => {
        const bytes = Uint8Array.from(list);
        expect(new own.TextDecoder().decode(bytes)).toBe(new TextDecoder().decode(bytes));
        const decode = (decoder: TextDecoder | InstanceType<typeof own.TextDecoder>): string =>
          decoder.decode(bytes.subarray(0, cut), { stream: true }) + decoder.decode(bytes.subarray(cut));
        const ignoreBOM = { ignoreBOM: true };
        expect(decode(new own.TextDecoder("utf-8", ignoreBOM))).toBe(decode(new TextDecoder("utf-8", ignoreBOM)));
      }),
      { numRuns: 1_000 },
    );
  });

  test("refuses what is no UTF-8 when it is strict, and encodings it has not", () => {
    expect(() => new own.TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.of(0xff))).toThrow(TypeError);
    expect(() => new own.TextDecoder("shift_jis")).toThrow('The encoding "shift_jis" is not there in a component');
  });

  test("writes into what is given, up to its end", () => {
    const target = new Uint8Array(4);
    expect(new own.TextEncoder().encodeInto("aé€", target)).toEqual({ read: 2, written: 3 });
    expect([...target]).toEqual([0x61, 0xc3, 0xa9, 0]);
  });
});
