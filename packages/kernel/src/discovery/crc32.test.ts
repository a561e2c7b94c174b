import { crc32 as zlibCrc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { crc32, crc32InScript } from "./crc32.ts";

test("crc32InScript is the CRC-32 of zlib", () => {
  expect(crc32InScript(Buffer.from("123456789"))).toBe(0xcbf43926);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => crc32InScript(bytes) === zlibCrc32(bytes)));
});

test("crc32 is the same for small and for large input", () => {
  for (const length of [0, 65_535, 65_536, 200_000]) {
    const bytes = Buffer.alloc(length, "Berth");
    expect(crc32(bytes)).toBe(zlibCrc32(bytes));
  }
});
