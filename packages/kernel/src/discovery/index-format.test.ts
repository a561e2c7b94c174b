import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeIndex, encodeIndex, type IndexRecord, RECORD_KINDS } from "./index-format.ts";

const word = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0") && text.isWellFormed());
const number = fc.double({ noNaN: true });
const records: fc.Arbitrary<IndexRecord[]> = fc.array(
  fc.record({
    path: word,
    signature: fc.record({ mtimeMs: number, ctimeMs: number, size: number, ino: number }),
    kind: fc.constantFrom(...RECORD_KINDS),
    name: word,
    version: word,
    body: fc.oneof(word, fc.uint8Array()),
  }),
  { maxLength: 20 },
);

/** A copy that begins where a number of eight bytes may, as a buffer read from a file does. */
function aligned(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

describe("encodeIndex and decodeIndex", () => {
  test("keep every record as it was", () => {
    fc.assert(
      fc.property(records, (written) => {
        const columns = decodeIndex(aligned(encodeIndex(written)))!;
        expect(columns.paths).toEqual(written.map(({ path }) => path));
        expect(columns.names).toEqual(written.map(({ name }) => name));
        expect(columns.versions).toEqual(written.map(({ version }) => version));
        expect([...columns.times]).toEqual(
          written.flatMap(({ signature }) => [signature.mtimeMs, signature.ctimeMs, signature.size, signature.ino]),
        );
        expect(written.map((_, index) => columns.kindOf(index))).toEqual(written.map(({ kind }) => kind));
        expect(written.map((_, index) => Buffer.from(columns.bodyOf(index)))).toEqual(
          written.map(({ body }) => Buffer.from(body as string)),
        );
      }),
    );
  });

  test("take nothing that was damaged in any one byte, cut, or lengthened", () => {
    fc.assert(
      fc.property(
        records,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.uint8Array({ minLength: 1 }),
        (written, at, by, more) => {
          const bytes = encodeIndex(written);
          const damaged = aligned(bytes);
          damaged[at % bytes.length]! ^= by;
          expect(decodeIndex(damaged)).toBeUndefined();
          expect(decodeIndex(aligned(bytes.subarray(0, at % bytes.length)))).toBeUndefined();
          expect(decodeIndex(aligned(Buffer.concat([bytes, more])))).toBeUndefined();
        },
      ),
    );
  });

  test("take no bytes that are not theirs", () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => decodeIndex(aligned(bytes)) === undefined));
    expect(decodeIndex(new Uint8Array())).toBeUndefined();
  });
});
