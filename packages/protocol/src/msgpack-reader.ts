import { isUtf8 } from "node:buffer";
import { protocolBroken } from "./broken.ts";
import { tooDeep } from "./json-shape.ts";
import { MAX_FRAME_DEPTH, MAX_VALUES } from "./message-limits.ts";

/** Bytes that are most of their frame keep it alive instead of being copied. */
const LARGE_BYTES = 64 * 2 ** 10;

const TWO_32 = 2 ** 32;

/**
 * Reads MessagePack from the other side. Nothing is allocated on the word of a length: a list grows as its values come, text and bytes
 * are there before they are taken. Extensions are refused, so no type runs code.
 */
export class MsgpackReader {
  readonly #buffer: Buffer;
  #at = 0;
  #valuesLeft = MAX_VALUES;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  /** The one value of the frame. @throws HostError `PROTOCOL_BROKEN` when it is none, or more than a frame may hold. */
  read(): unknown {
    const value = this.#value(0);
    if (this.#at !== this.#buffer.length) throw protocolBroken("a frame with more than one value");
    return value;
  }

  #value(depth: number): unknown {
    if (this.#valuesLeft-- === 0) throw protocolBroken(`a frame of more than ${MAX_VALUES} values`);
    const format = this.#buffer[this.#take(1)]!;
    if (format < 0x80) return format;
    if (format >= 0xe0) return format - 0x100;
    if (format >= 0xa0 && format < 0xc0) return this.#text(format & 0x1f);
    if (format < 0x90) return this.#object(format & 0x0f, depth);
    if (format < 0xa0) return this.#list(format & 0x0f, depth);
    return this.#longValue(format, depth);
  }

  #longValue(format: number, depth: number): unknown {
    const buffer = this.#buffer;
    switch (format) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#bytes(this.#length(format - 0xc4));
      case 0xca:
        return buffer.readFloatBE(this.#take(4));
      case 0xcb:
        return buffer.readDoubleBE(this.#take(8));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#length(format - 0xcc);
      case 0xcf:
        return this.#length(2) * TWO_32 + this.#length(2);
      case 0xd0:
        return buffer.readInt8(this.#take(1));
      case 0xd1:
        return buffer.readInt16BE(this.#take(2));
      case 0xd2:
        return buffer.readInt32BE(this.#take(4));
      case 0xd3:
        return buffer.readInt32BE(this.#take(4)) * TWO_32 + this.#length(2);
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#length(format - 0xd9));
      case 0xdc:
      case 0xdd:
        return this.#list(this.#length(format - 0xdb), depth);
      case 0xde:
      case 0xdf:
        return this.#object(this.#length(format - 0xdd), depth);
      default:
        throw protocolBroken(`a value of the format 0x${format.toString(16)}`);
    }
  }

  #list(length: number, depth: number): unknown[] {
    if (depth >= MAX_FRAME_DEPTH) throw tooDeep();
    const values: unknown[] = [];
    for (let left = length; left > 0; left--) values.push(this.#value(depth + 1));
    return values;
  }

  #object(size: number, depth: number): Record<string, unknown> {
    if (depth >= MAX_FRAME_DEPTH) throw tooDeep();
    const object: Record<string, unknown> = {};
    for (let left = size; left > 0; left--) {
      const key = this.#value(depth + 1);
      if (typeof key !== "string") throw protocolBroken("an object with a key that is no text");
      const value = this.#value(depth + 1);
      if (key !== "__proto__") object[key] = value;
    }
    return object;
  }

  #text(length: number): string {
    const start = this.#take(length);
    const text = this.#buffer.toString("utf8", start, this.#at);
    // What cannot be read becomes this character, which may of course have been meant.
    if (text.includes("\ufffd") && !isUtf8(this.#buffer.subarray(start, this.#at))) {
      throw protocolBroken("text that is no UTF-8");
    }
    return text;
  }

  #bytes(length: number): Uint8Array {
    const { buffer, byteOffset } = this.#buffer;
    const start = byteOffset + this.#take(length);
    return length >= LARGE_BYTES && 2 * length > buffer.byteLength
      ? new Uint8Array(buffer as ArrayBuffer, start, length)
      : new Uint8Array(buffer.slice(start, start + length) as ArrayBuffer);
  }

  /** An unsigned number of 1, 2 or 4 bytes (`form` 0, 1, 2). */
  #length(form: number): number {
    if (form === 0) return this.#buffer[this.#take(1)]!;
    return form === 1 ? this.#buffer.readUInt16BE(this.#take(2)) : this.#buffer.readUInt32BE(this.#take(4));
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (bytes > this.#buffer.length - at) throw protocolBroken("a value that is longer than its frame");
    this.#at = at + bytes;
    return at;
  }
}
