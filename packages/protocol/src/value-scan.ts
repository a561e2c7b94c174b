import { isGiven } from "./give.ts";
import { MAX_DEPTH, MAX_VALUES } from "./message-limits.ts";

/** Fewer bytes are copied faster than they are handed over. */
const WORTH_GIVING_BYTES = 64 * 2 ** 10;

/** Text from here on is quicker as it is than escaped in JSON. */
const LARGE_TEXT = 16 * 2 ** 10;

/** The key under which a JSON line has bytes; keys that begin with it are escaped there. */
export const BYTES_KEY = "$bytes";

/**
 * Looks over a value before it crosses, in one walk that allocates nothing: how much it is, and whether it can go as it is. One scan is
 * used again and again.
 */
export class ValueScan {
  /** About what the value takes, in whatever form it crosses. */
  bytes = 0;
  /** Bytes are somewhere in it. */
  hasBytes = false;
  /** Bytes that are a part of a larger buffer, or of shared memory. */
  hasParts = false;
  hasLargeText = false;
  /** A key that means something else in a JSON line. */
  hasBytesKey = false;
  /** There is more in it than JSON and bytes; `plainCopy` makes that of it. */
  isOdd = false;
  /** What it is that has no form in JSON at all, as JavaScript calls it. */
  foreign: string | undefined;
  /** Deeper than {@link MAX_DEPTH} (which a value that holds itself is), or more than {@link MAX_VALUES}. */
  isTooMuch = false;
  /** Buffers to be handed over. */
  given: ArrayBuffer[] | undefined;
  #valuesLeft = MAX_VALUES;

  reset(): this {
    this.bytes = 0;
    this.hasBytes = false;
    this.hasParts = false;
    this.hasLargeText = false;
    this.hasBytesKey = false;
    this.isOdd = false;
    this.foreign = undefined;
    this.isTooMuch = false;
    this.given = undefined;
    this.#valuesLeft = MAX_VALUES;
    return this;
  }

  scan(value: unknown, depth = 0): void {
    if (typeof value === "string") {
      this.bytes += value.length;
      if (value.length >= LARGE_TEXT) this.hasLargeText = true;
    } else if (typeof value === "object") {
      if (value !== null) this.#scanReference(value, depth);
    } else if (typeof value === "number") {
      // JSON has no NaN and no infinity.
      if (!Number.isFinite(value)) this.isOdd = true;
    } else if (typeof value === "bigint") this.foreign ??= "BigInt";
    else if (typeof value !== "boolean") this.isOdd = true;
  }

  #scanReference(value: object, depth: number): void {
    if (depth >= MAX_DEPTH || this.isTooMuch) this.isTooMuch = true;
    else if (Array.isArray(value)) this.#scanList(value, depth + 1);
    else if (value instanceof Uint8Array) this.#scanBytes(value);
    else this.#scanObject(value, depth + 1);
  }

  #scanList(values: readonly unknown[], depth: number): void {
    this.#count(values.length);
    for (let index = 0; index < values.length && !this.isTooMuch; index++) this.scan(values[index], depth);
  }

  #scanObject(object: object, depth: number): void {
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype !== Object.prototype && prototype !== null) return this.#scanInstance(object, depth);
    for (const key in object) this.#scanMember(object, key, depth);
  }

  #scanInstance(object: object, depth: number): void {
    if ("toJSON" in object && typeof object.toJSON === "function") {
      this.isOdd = true;
      return this.scan(object.toJSON(), depth);
    }
    const tag = Object.prototype.toString.call(object).slice("[object ".length, -1);
    if (tag !== "Object") {
      this.foreign ??= tag.slice(0, 40);
      return;
    }
    // Instances of somebody's own class go as their members.
    for (const key of Object.keys(object)) this.#scanMember(object, key, depth);
  }

  #scanMember(object: object, key: string, depth: number): void {
    if (this.isTooMuch || this.foreign !== undefined) return;
    this.#count(1);
    this.bytes += key.length;
    if (key.startsWith(BYTES_KEY)) this.hasBytesKey = true;
    else if (key === "__proto__") this.isOdd = true;
    const value = (object as Record<string, unknown>)[key];
    // A member that is `undefined` is as good as none everywhere.
    if (value !== undefined) this.scan(value, depth);
  }

  #scanBytes(bytes: Uint8Array): void {
    this.hasBytes = true;
    this.bytes += bytes.byteLength;
    const { buffer, byteLength } = bytes;
    if (byteLength !== buffer.byteLength || !(buffer instanceof ArrayBuffer)) this.hasParts = true;
    else if (byteLength >= WORTH_GIVING_BYTES && isGiven(bytes)) {
      this.given ??= [];
      if (!this.given.includes(buffer)) this.given.push(buffer);
    }
  }

  #count(values: number): void {
    this.#valuesLeft -= values;
    this.bytes += 4 * values;
    if (this.#valuesLeft < 0) this.isTooMuch = true;
  }
}
