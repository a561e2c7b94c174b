/** Loading node:zlib costs 1.5 to 2.5 ms; in script, before it is optimised, a kilobyte costs 25 µs. */
const NATIVE_FROM_BYTES = 64 * 1_024;

/** The CRC-32 of `bytes`, the one of zlib: every change of up to 32 neighbouring bits shows. */
export function crc32(bytes: Uint8Array): number {
  return bytes.length < NATIVE_FROM_BYTES ? crc32InScript(bytes) : process.getBuiltinModule("node:zlib").crc32(bytes);
}

export function crc32InScript(bytes: Uint8Array): number {
  const table = remainders();
  let crc = -1;
  for (let index = 0; index < bytes.length; index++) crc = table[(crc ^ bytes[index]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

function remainders(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
    return remainder;
  });
}
