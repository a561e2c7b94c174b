// Any odd number would do; this one, of the golden ratio, has its bits well mixed.
const FACTOR = 0x9e3779b1;

/**
 * Tells whether bytes are as they were written: any change within one word of four bytes shows, every other but for one in four thousand
 * million. It goes by words since a start reads its few kilobytes before any of this is optimised; a CRC, byte by byte, took half a
 * millisecond, and to load that of node:zlib takes two.
 *
 * @param bytes must begin where a number of four bytes may.
 */
export function checksum(bytes: Uint8Array): number {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  let sum = bytes.length;
  for (let index = 0; index < words.length; index++) sum = mix(sum, words[index]!);
  for (let index = words.length * 4; index < bytes.length; index++) sum = mix(sum, bytes[index]!);
  return sum >>> 0;
}

/** For one word each sum leads to another one, and for one sum each word does: what differs once stays so. */
function mix(sum: number, word: number): number {
  return Math.imul(((sum << 13) | (sum >>> 19)) ^ word, FACTOR);
}
