import type { FileHandle } from "node:fs/promises";
import { overLimit } from "../capability-errors.ts";

const CHUNK_BYTES = 65_536;

/**
 * Reads a file to its end, whatever size it claims: files of the kernel claim none, and a log grows while it is read.
 *
 * @throws HostError `LIMIT_EXCEEDED` as soon as there is more than `maxBytes`.
 */
export async function readBounded(handle: FileHandle, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const { size } = await handle.stat();
  if (size > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    signal.throwIfAborted();
    const chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, size - length));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) return joined(chunks, length);
    length += bytesRead;
    if (length > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk.subarray(0, bytesRead));
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
