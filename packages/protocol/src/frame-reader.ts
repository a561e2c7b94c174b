import { protocolBroken } from "./broken.ts";
import { parseLine } from "./json-line.ts";
import { MAX_BATCH } from "./message-limits.ts";
import { MsgpackReader } from "./msgpack-reader.ts";

/** Begins a binary frame: no JSON text and no MessagePack value begins with it. */
export const BINARY_MARK = 0xc1;

/** The mark and the length: 32 bits, most significant first. */
export const BINARY_HEAD = 5;

const NEWLINE = 0x0a;

/** What is set aside for a frame on the word of its length; more follows as its bytes come. */
const FIRST_ROOM = 2 * 2 ** 20;

/** No frame ends in what has come. */
const NOWHERE = -1;

const NOTHING = Buffer.alloc(0);

/** How a {@link FrameReader} reads. */
export interface FrameReaderOptions {
  /** Most bytes of a frame. */
  maxFrameBytes: number;
  readsBinary: boolean;
}

/**
 * Cuts what a socket brings into frames and reads them. A line of JSON ends with a newline; a binary frame has a mark, its length and
 * MessagePack. Either is a message or a list of them.
 */
export class FrameReader {
  maxFrameBytes: number;
  readonly #readsBinary: boolean;
  /** The beginning of a frame whose rest is to come, and room for it. */
  #begun = NOTHING;
  #begunBytes = 0;

  constructor({ maxFrameBytes, readsBinary }: FrameReaderOptions) {
    this.maxFrameBytes = maxFrameBytes;
    this.#readsBinary = readsBinary;
  }

  /** Whether a frame has begun whose rest is to come. */
  get isInFrame(): boolean {
    return this.#begunBytes > 0;
  }

  /**
   * Appends to `messages` all that `chunk` completes. Nothing of the chunk is kept.
   *
   * @returns the bytes of the frames that were completed.
   * @throws HostError `PROTOCOL_BROKEN`; what was read before is in `messages`.
   */
  read(chunk: Buffer, messages: unknown[]): number {
    let at = 0;
    let bytes = 0;
    if (this.isInFrame) {
      at = this.#goOn(chunk);
      if (at === NOWHERE) return 0;
      bytes = this.#begunBytes;
      this.#readFrame(this.#takeBegun(), messages);
    }
    while (at < chunk.length) {
      const end = this.#endOfFrame(chunk, at);
      if (end === NOWHERE) {
        this.#begin(chunk, at);
        break;
      }
      this.#readFrame(chunk.subarray(at, end), messages);
      bytes += end - at;
      at = end;
    }
    return bytes;
  }

  #endOfFrame(chunk: Buffer, start: number): number {
    if (chunk[start] === BINARY_MARK) {
      if (chunk.length - start < BINARY_HEAD) return NOWHERE;
      const end = start + this.#binaryBytes(chunk, start);
      return end <= chunk.length ? end : NOWHERE;
    }
    const newline = chunk.indexOf(NEWLINE, start);
    this.#checkLength((newline < 0 ? chunk.length : newline) - start);
    return newline < 0 ? NOWHERE : newline + 1;
  }

  #begin(chunk: Buffer, start: number): void {
    const isHeadHere = chunk[start] === BINARY_MARK && chunk.length - start >= BINARY_HEAD;
    this.#makeRoom(chunk.length - start, isHeadHere ? Math.min(this.#binaryBytes(chunk, start), FIRST_ROOM) : 0);
    this.#keep(chunk, start, chunk.length);
  }

  /** Takes what belongs to the frame that has begun. @returns where it ends in `chunk`, if it does. */
  #goOn(chunk: Buffer): number {
    return this.#begun[0] === BINARY_MARK ? this.#goOnBinary(chunk) : this.#goOnLine(chunk);
  }

  #goOnLine(chunk: Buffer): number {
    const newline = chunk.indexOf(NEWLINE);
    const end = newline < 0 ? chunk.length : newline + 1;
    this.#checkLength(this.#begunBytes + end);
    this.#makeRoom(this.#begunBytes + end, 2 * this.#begunBytes);
    this.#keep(chunk, 0, end);
    return newline < 0 ? NOWHERE : end;
  }

  #goOnBinary(chunk: Buffer): number {
    let at = 0;
    if (this.#begunBytes < BINARY_HEAD) {
      at = Math.min(chunk.length, BINARY_HEAD - this.#begunBytes);
      this.#keep(chunk, 0, at);
      if (this.#begunBytes < BINARY_HEAD) return NOWHERE;
    }
    const total = this.#binaryBytes(this.#begun, 0);
    const end = Math.min(chunk.length, at + total - this.#begunBytes);
    this.#makeRoom(this.#begunBytes + end - at, Math.min(total, Math.max(FIRST_ROOM, 2 * this.#begunBytes)));
    this.#keep(chunk, at, end);
    return this.#begunBytes === total ? end : NOWHERE;
  }

  #readFrame(frame: Buffer, messages: unknown[]): void {
    const said = frame[0] === BINARY_MARK ? new MsgpackReader(frame.subarray(BINARY_HEAD)).read() : parseLine(frame);
    if (!Array.isArray(said)) messages.push(said);
    else if (said.length === 0 || said.length > MAX_BATCH) throw protocolBroken(`a list of ${said.length} messages`);
    else for (const message of said) messages.push(message);
  }

  /** How long the binary frame at `start` is, its head included. */
  #binaryBytes(buffer: Buffer, start: number): number {
    if (!this.#readsBinary) throw protocolBroken("a binary frame that was not agreed on");
    const length = buffer.readUInt32BE(start + 1);
    this.#checkLength(length);
    return BINARY_HEAD + length;
  }

  #checkLength(bytes: number): void {
    if (bytes > this.maxFrameBytes) {
      throw protocolBroken(`a frame of ${bytes} bytes or more; ${this.maxFrameBytes} are allowed`);
    }
  }

  #keep(chunk: Buffer, from: number, to: number): void {
    this.#makeRoom(this.#begunBytes + to - from, 0);
    this.#begun.set(chunk.subarray(from, to), this.#begunBytes);
    this.#begunBytes += to - from;
  }

  #makeRoom(needed: number, wanted: number): void {
    if (needed <= this.#begun.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, wanted));
    larger.set(this.#begun.subarray(0, this.#begunBytes));
    this.#begun = larger;
  }

  #takeBegun(): Buffer {
    const frame = this.#begun.subarray(0, this.#begunBytes);
    // Bytes of the frame may live on in what was read from it.
    this.#begun = NOTHING;
    this.#begunBytes = 0;
    return frame;
  }
}
