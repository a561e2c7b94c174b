import { open } from "node:fs/promises";

const NEWLINE = 0x0a;
const CHUNK_BYTES = 64 * 1024;

/** The lines of a file, also the last one without a newline. A line longer than `maxBytes` is left out without being kept. */
export async function* boundedLines(path: string, maxBytes: number, signal?: AbortSignal): AsyncGenerator<string> {
  await using file = await open(path, "r");
  let held: Buffer = Buffer.alloc(0);
  let isTooLong = false;
  const chunk = Buffer.alloc(CHUNK_BYTES);
  while (true) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, null);
    if (bytesRead === 0) break;
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1 && end < bytesRead; end = chunk.indexOf(NEWLINE, start)) {
      const line = Buffer.concat([held, chunk.subarray(start, end)]);
      if (!isTooLong && line.length <= maxBytes) yield line.toString("utf8");
      held = Buffer.alloc(0);
      isTooLong = false;
      start = end + 1;
    }
    if (!isTooLong) held = Buffer.concat([held, chunk.subarray(start, bytesRead)]);
    isTooLong ||= held.length > maxBytes;
    if (isTooLong) held = Buffer.alloc(0);
  }
  if (held.length > 0) yield held.toString("utf8");
}
