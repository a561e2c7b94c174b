import { BINARY_HEAD, BINARY_MARK } from "./frame-reader.ts";
import type { Piece } from "./frame-writer.ts";
import type { Message } from "./link.ts";
import { MAX_BATCH } from "./message-limits.ts";
import { MsgpackWriter } from "./msgpack-writer.ts";
import { PLAIN, plainCopy } from "./plain-copy.ts";
import type { ValueScan } from "./value-scan.ts";

/** Messages always go as a list with a head of 32 bits, whose length is known at the end. */
const LIST_32 = 0xdd;
const LIST_HEAD = 5;
const HEADROOM = BINARY_HEAD + LIST_HEAD;

/** What a message has beside its value, and then some. */
const AROUND_MESSAGE = 128;

/** One binary frame in the making. */
export class MsgpackBatch {
  #writer: MsgpackWriter | undefined;
  #count = 0;

  /** Bytes of the frame so far. */
  get length(): number {
    return this.#writer?.length ?? 0;
  }

  /** `scan` is what its value was found to be. */
  add(message: Message, scan: ValueScan, pieces: Piece[]): void {
    if (this.#count === MAX_BATCH) this.endInto(pieces);
    // Made first: a `toJSON` that throws must not leave half a message.
    const plain = (value: unknown): unknown => (scan.isOdd ? plainCopy(value, PLAIN) : value);
    const entries: [string, unknown][] = [];
    if ("id" in message) entries.push(["id", message.id]);
    if ("method" in message) {
      entries.push(["method", message.method]);
      if (message.params !== undefined) entries.push(["params", plain(message.params)]);
    } else if (message.error === undefined) entries.push(["result", plain(message.result)]);
    else entries.push(["error", plain(message.error)]);
    this.#writer ??= new MsgpackWriter(scan.bytes + AROUND_MESSAGE, HEADROOM);
    this.#writer.object(entries.length);
    for (const [key, value] of entries) {
      this.#writer.text(key);
      this.#writer.value(value);
    }
    this.#count++;
  }

  /** Ends the frame, if one was begun. */
  endInto(pieces: Piece[]): void {
    if (!this.#writer) return;
    const { length } = this.#writer;
    const parts = this.#writer.finish();
    const head = parts[0] as Buffer;
    head[0] = BINARY_MARK;
    head.writeUInt32BE(length - BINARY_HEAD, 1);
    head[BINARY_HEAD] = LIST_32;
    head.writeUInt32BE(this.#count, BINARY_HEAD + 1);
    pieces.push(...parts);
    this.drop();
  }

  drop(): void {
    this.#writer = undefined;
    this.#count = 0;
  }
}
