import { malformed } from "./malformed.ts";

/** Nobody writes longer names; a reader that must name what it met prints them. */
const LONGEST_NAME = 4_096;

/** How deep things may stand in each other; a file could nest them until the stack is full. */
const DEEPEST = 50;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads WebAssembly's binary format from a part of a file. Every read is checked against the end of that part. */
export class BinaryReader {
  readonly bytes: Uint8Array;
  /** Of the next byte, from the start of the file. */
  at: number;
  readonly end: number;
  #depth: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length, depth = 0) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.#depth = depth;
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    if (this.at >= this.end) throw malformed("it ends in the middle", this.at);
    return this.bytes[this.at++]!;
  }

  peek(): number {
    if (this.at >= this.end) throw malformed("it ends in the middle", this.at);
    return this.bytes[this.at]!;
  }

  /** LEB128, unsigned, 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      if (shift === 28 && byte > 0x0f) break;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw malformed("a number is longer than 32 bits", this.at);
  }

  /** LEB128, signed, 33 bits: an index, or a negative number that stands for something built in. */
  s33(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return (byte & 0x40) === 0 ? value : value - 2 ** (shift + 7);
    }
    throw malformed("a number is longer than 33 bits", this.at);
  }

  name(): string {
    const length = this.u32();
    if (length > LONGEST_NAME) throw malformed(`a name of ${length} bytes`, this.at);
    const part = this.take(length);
    try {
      return UTF8.decode(part);
    } catch {
      throw malformed("a name that is no UTF-8", part.byteOffset);
    }
  }

  /** A list of at most `most` items, each of at least one byte. */
  list<T>(read: () => T, most: number): T[] {
    const count = this.u32();
    if (count > most || count > this.end - this.at) throw malformed(`a list of ${count} items`, this.at);
    const items: T[] = [];
    for (let index = 0; index < count; index++) items.push(read());
    return items;
  }

  /** The next `length` bytes, not copied. */
  take(length: number): Uint8Array {
    if (length > this.end - this.at) throw malformed("it ends in the middle", this.at);
    const part = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return part;
  }

  /** A reader of the next `length` bytes, over which this one goes on. */
  part(length: number): BinaryReader {
    if (length > this.end - this.at) throw malformed("it ends in the middle", this.at);
    const part = new BinaryReader(this.bytes, this.at, this.at + length, this.#depth);
    this.at += length;
    return part;
  }

  /** Reads something that may hold more of its like. */
  nested<T>(read: () => T): T {
    if (++this.#depth > DEEPEST) throw malformed(`definitions nested deeper than ${DEEPEST}`, this.at);
    const item = read();
    this.#depth--;
    return item;
  }

  expect(byte: number, what: string): void {
    if (this.byte() !== byte) throw malformed(`${what} is written in a way that is not known`, this.at - 1);
  }

  expectEnd(what: string): void {
    if (!this.isAtEnd) throw malformed(`${what} is longer than it says`, this.at);
  }
}
