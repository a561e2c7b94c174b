import { isGiven } from "./give.ts";

/** Longer bytes are not copied into the frame when their owner gave them away. */
const LARGE_BYTES = 64 * 2 ** 10;

/** Text below this has a head of one byte. */
const SHORT_TEXT = 32;

/** Head of a list, an object, text or bytes at its longest. */
const MOST_HEAD = 5;

const NIL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;
const BYTES_8 = 0xc4;
const DOUBLE = 0xcb;
const UNSIGNED_8 = 0xcc;
const SIGNED_8 = 0xd0;
const TEXT_8 = 0xd9;
const LIST_16 = 0xdc;
const OBJECT_16 = 0xde;

/**
 * Writes values as MessagePack: nil, booleans, numbers, text, bytes, lists, and objects with text as keys; no extension. A value holds
 * nothing but JSON and bytes, which the links make sure of.
 */
export class MsgpackWriter {
  readonly #done: Uint8Array[] = [];
  #doneBytes = 0;
  #buffer: Buffer;
  #at = 0;

  /** `sizeHint` is about what will be written; `headroom` bytes at the front are left to the caller. */
  constructor(sizeHint: number, headroom: number) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(256, sizeHint) + headroom);
    this.#at = headroom;
  }

  get length(): number {
    return this.#doneBytes + this.#at;
  }

  /** What was written, in pieces; the first begins with the headroom. */
  finish(): Uint8Array[] {
    this.#cut();
    return this.#done;
  }

  list(length: number): void {
    this.#head(length, 0x90, 15, LIST_16);
  }

  object(size: number): void {
    this.#head(size, 0x80, 15, OBJECT_16);
  }

  value(value: unknown): void {
    if (typeof value === "string") this.text(value);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "boolean") this.#byte(value ? TRUE : FALSE);
    else if (typeof value !== "object" || value === null) this.#byte(NIL);
    else if (value instanceof Uint8Array) this.#bytes(value);
    else if (Array.isArray(value)) this.#list(value);
    else this.#object(value as Record<string, unknown>);
  }

  text(text: string): void {
    if (text.length < SHORT_TEXT && this.#shortAscii(text)) return;
    const length = Buffer.byteLength(text);
    this.#reserve(length + MOST_HEAD);
    if (length < SHORT_TEXT) this.#buffer[this.#at++] = 0xa0 | length;
    else this.#sized(TEXT_8, length);
    this.#at += this.#buffer.write(text, this.#at);
  }

  /** Calls of Node.js cost more than a few characters do. @returns whether it was no more than ASCII, and is written. */
  #shortAscii(text: string): boolean {
    this.#reserve(SHORT_TEXT);
    const buffer = this.#buffer;
    const start = this.#at + 1;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code >= 0x80) return false;
      buffer[start + index] = code;
    }
    buffer[this.#at] = 0xa0 | text.length;
    this.#at = start + text.length;
    return true;
  }

  #list(values: readonly unknown[]): void {
    this.list(values.length);
    for (const value of values) this.value(value);
  }

  #object(object: Record<string, unknown>): void {
    const keys = Object.keys(object).filter((key) => object[key] !== undefined);
    this.object(keys.length);
    for (const key of keys) {
      this.text(key);
      this.value(object[key]);
    }
  }

  #number(value: number): void {
    this.#reserve(9);
    if (!Number.isInteger(value) || value > 0xffff_ffff || value < -0x8000_0000) {
      this.#buffer[this.#at] = DOUBLE;
      this.#at = this.#buffer.writeDoubleBE(value, this.#at + 1);
    } else if (value >= 0) this.#unsigned(value);
    else this.#signed(value);
  }

  #unsigned(value: number): void {
    if (value < 0x80) this.#buffer[this.#at++] = value;
    else this.#sized(UNSIGNED_8, value);
  }

  #signed(value: number): void {
    const buffer = this.#buffer;
    if (value >= -0x20) {
      this.#at = buffer.writeInt8(value, this.#at);
    } else if (value >= -0x80) {
      buffer[this.#at] = SIGNED_8;
      this.#at = buffer.writeInt8(value, this.#at + 1);
    } else if (value >= -0x8000) {
      buffer[this.#at] = SIGNED_8 + 1;
      this.#at = buffer.writeInt16BE(value, this.#at + 1);
    } else {
      buffer[this.#at] = SIGNED_8 + 2;
      this.#at = buffer.writeInt32BE(value, this.#at + 1);
    }
  }

  #bytes(bytes: Uint8Array): void {
    const isLarge = bytes.byteLength >= LARGE_BYTES && isGiven(bytes);
    this.#reserve(MOST_HEAD + (isLarge ? 0 : bytes.byteLength));
    this.#sized(BYTES_8, bytes.byteLength);
    if (isLarge) {
      this.#cut();
      this.#done.push(bytes);
      this.#doneBytes += bytes.byteLength;
    } else {
      this.#buffer.set(bytes, this.#at);
      this.#at += bytes.byteLength;
    }
  }

  /** The head of something that fits in the format byte itself up to `most`, and has forms of 16 and 32 bits beyond. */
  #head(length: number, fixed: number, most: number, format16: number): void {
    this.#reserve(MOST_HEAD);
    if (length <= most) this.#buffer[this.#at++] = fixed | length;
    else if (length <= 0xffff) this.#wide(format16, length, 2);
    else this.#wide(format16 + 1, length, 4);
  }

  /** A format with forms of 8, 16 and 32 bits, one after the other. */
  #sized(format8: number, value: number): void {
    if (value <= 0xff) this.#wide(format8, value, 1);
    else if (value <= 0xffff) this.#wide(format8 + 1, value, 2);
    else this.#wide(format8 + 2, value, 4);
  }

  #wide(format: number, value: number, bytes: number): void {
    const buffer = this.#buffer;
    buffer[this.#at++] = format;
    for (let shift = 8 * (bytes - 1); shift >= 0; shift -= 8) buffer[this.#at++] = value >>> shift;
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#buffer[this.#at++] = byte;
  }

  #cut(): void {
    if (this.#at === 0) return;
    this.#done.push(this.#buffer.subarray(0, this.#at));
    this.#doneBytes += this.#at;
    this.#buffer = this.#buffer.subarray(this.#at);
    this.#at = 0;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#at + bytes, 2 * this.#buffer.length));
    larger.set(this.#buffer.subarray(0, this.#at));
    this.#buffer = larger;
  }
}
