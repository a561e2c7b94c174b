import type { FileHandle } from "node:fs/promises";
import { overLimit } from "../capability-errors.ts";

const LEAST_CHUNK_BYTES = 65_536;
const MOST_CHUNK_BYTES = 1_048_576; // so much is read ahead of being paid for

/**
 * Reads a file to its end, whatever size it claims: files of the kernel claim none, and a log grows while it is read.
 *
 * @param paid resolves when so many bytes may have been read; called after each part.
 * @throws HostError `LIMIT_EXCEEDED` as soon as there is more than `maxBytes`.
 */
export async function readBounded(
  handle: FileHandle,
  maxBytes: number,
  paid: (bytes: number) => Promise<void>,
): Promise<Uint8Array> {
  const { size } = await handle.stat();
  if (size > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const wanted = Math.min(MOST_CHUNK_BYTES, Math.max(LEAST_CHUNK_BYTES, size - length));
    const chunk = Buffer.allocUnsafeSlow(wanted);
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) return joined(chunks, length);
    length += bytesRead;
    if (length > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk.subarray(0, bytesRead));
    await paid(bytesRead);
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function tooLarge(maxBytes: number) {
  return overLimit(`Cannot read the file: it is larger than ${maxBytes} bytes`);
}
