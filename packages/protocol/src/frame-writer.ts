import { toJson } from "./json-line.ts";
import { LineBatch } from "./line-batch.ts";
import type { Message } from "./link.ts";
import { MsgpackBatch } from "./msgpack-batch.ts";
import { asRefusal, refusal, tooLong } from "./refused.ts";
import { ValueScan } from "./value-scan.ts";

/** A list of messages is ended when it is this long: nobody is to buffer more for the sake of small ones. */
const FULL_BYTES = 256 * 2 ** 10;

/** A message that may become longer goes alone, so that it can be refused alone. */
const ALONE_BYTES = 64 * 2 ** 10;

/** Brackets and newline around a line. */
const AROUND_LINE = 3;

/** No character takes more bytes in UTF-8 for a unit of UTF-16. */
const MOST_UTF8 = 3;

/** What is written to a socket in one go. */
export type Piece = string | Uint8Array;

/** Makes frames of the messages of a turn: as few as can be, in order, none longer than the other side takes. */
export class FrameWriter {
  maxFrameBytes: number;
  /** Whether messages with bytes or long text go as MessagePack. */
  isBinary = false;
  readonly #scan = new ValueScan();
  readonly #line = new LineBatch();
  readonly #binary = new MsgpackBatch();

  constructor(maxFrameBytes: number) {
    this.maxFrameBytes = maxFrameBytes;
  }

  /** What to write, piece by piece. `onRefused` hears of messages that cannot be sent. */
  write(messages: readonly Message[], onRefused: (message: Message, error: Error) => void): Piece[] {
    const pieces: Piece[] = [];
    for (const message of messages) {
      try {
        this.#add(message, pieces);
      } catch (error) {
        onRefused(message, asRefusal(error));
      }
    }
    this.#line.endInto(pieces);
    this.#binary.endInto(pieces);
    return pieces;
  }

  #add(message: Message, pieces: Piece[]): void {
    const scan = this.#scan.reset();
    const value = "method" in message ? message.params : (message.error ?? message.result);
    if (value !== undefined) scan.scan(value);
    const error = refusal(scan, this.maxFrameBytes);
    if (error) throw error;
    if (this.isBinary && (scan.hasBytes || scan.hasLargeText)) this.#addBinary(message, scan, pieces);
    else this.#addJson(message, scan, pieces);
  }

  #addJson(message: Message, scan: ValueScan, pieces: Piece[]): void {
    this.#binary.endInto(pieces);
    const text = toJson(message, scan);
    const most = MOST_UTF8 * text.length + AROUND_LINE;
    if (most > this.maxFrameBytes) this.#checkLength(Buffer.byteLength(text) + AROUND_LINE);
    if (MOST_UTF8 * this.#line.length + most > Math.min(FULL_BYTES, this.maxFrameBytes)) this.#line.endInto(pieces);
    this.#line.add(text, pieces);
  }

  #addBinary(message: Message, scan: ValueScan, pieces: Piece[]): void {
    this.#line.endInto(pieces);
    const isAlone = scan.bytes > Math.min(ALONE_BYTES, this.maxFrameBytes / 16);
    if (isAlone || this.#binary.length > Math.min(FULL_BYTES, this.maxFrameBytes / 4)) this.#binary.endInto(pieces);
    this.#binary.add(message, scan, pieces);
    if (!isAlone) return;
    const { length } = this.#binary;
    if (length > this.maxFrameBytes) this.#binary.drop();
    this.#checkLength(length);
    this.#binary.endInto(pieces);
  }

  #checkLength(bytes: number): void {
    if (bytes > this.maxFrameBytes) throw tooLong(bytes, this.maxFrameBytes);
  }
}
