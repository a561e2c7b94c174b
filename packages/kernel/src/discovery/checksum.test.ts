import fc from "fast-check";
import { expect, test } from "vitest";
import { checksum } from "./checksum.ts";

const bytes = fc.uint8Array({ minLength: 1, maxLength: 2_000 });

test("checksum shows every change within one word", () => {
  const change = fc.uint8Array({ minLength: 4, maxLength: 4 }).filter((word) => word.some((byte) => byte !== 0));
  fc.assert(
    fc.property(bytes, fc.nat(), change, (before, at, by) => {
      const after = before.slice();
      const word = (at % before.length) & ~3;
      by.forEach((byte, index) => (after[word + index]! ^= byte));
      fc.pre(!Buffer.from(after).equals(before));
      expect(checksum(after)).not.toBe(checksum(before));
    }),
  );
});

test("checksum shows words in another order, and what was cut or lengthened by nothing", () => {
  const sums = [[1, 2], [2, 1], [0, 0], [0], [0x80000000, 0], [0x80000000, 0x80000000]].map((words) =>
    checksum(new Uint8Array(Uint32Array.from(words).buffer)),
  );
  expect(new Set(sums).size).toBe(sums.length);
});
