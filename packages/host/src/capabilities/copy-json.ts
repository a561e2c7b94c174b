import type { JsonValue } from "@berth/base";
import { malformed, overLimit, quoted } from "./capability-errors.ts";

/** How large a JSON value may be. */
export interface JsonBounds {
  /** Of its text, about. */
  maxBytes: number;
  maxDepth: number;
}

/**
 * A copy of a value that came from a plugin, made of plain data alone: every member is read once, so that a getter cannot show
 * the check one thing and the user another, and nobody can change it afterwards. Members that are `undefined` are left out.
 *
 * @param what names the value in messages: `the event's data`.
 */
export function copyJson(value: unknown, bounds: JsonBounds, what: string): JsonValue {
  return new JsonCopier(bounds, what).copy(value, 0);
}

class JsonCopier {
  readonly #bounds: JsonBounds;
  readonly #what: string;
  #bytes = 0;

  constructor(bounds: JsonBounds, what: string) {
    this.#bounds = bounds;
    this.#what = what;
  }

  copy(value: unknown, depth: number): JsonValue {
    if (typeof value === "string") {
      this.#count(Buffer.byteLength(value) + 2);
      return value;
    }
    if (value === null || typeof value === "boolean" || Number.isFinite(value)) {
      this.#count(8);
      return value as JsonValue;
    }
    if (typeof value !== "object") throw this.#refused(typeof value === "number" ? String(value) : typeof value);
    if (depth >= this.#bounds.maxDepth) {
      throw overLimit(`Cannot take ${this.#what}: it is nested deeper than ${this.#bounds.maxDepth}`);
    }
    return Array.isArray(value) ? this.#copyList(value, depth) : this.#copyObject(value, depth);
  }

  #copyList(list: readonly unknown[], depth: number): JsonValue {
    const { length } = list;
    this.#count(length + 2); // at once: a sparse array claims millions of items and holds none
    return Array.from({ length }, (_, i) => this.copy(list[i], depth + 1));
  }

  #copyObject(object: object, depth: number): JsonValue {
    const tag = Object.prototype.toString.call(object);
    if (tag !== "[object Object]") throw this.#refused(tag.slice(8, -1));
    const copy: { [name: string]: JsonValue } = {};
    this.#count(2);
    for (const name of Object.keys(object)) {
      const member: unknown = (object as Record<string, unknown>)[name];
      if (member === undefined) continue;
      this.#count(Buffer.byteLength(name) + 4);
      const value = this.copy(member, depth + 1);
      // Defined, not assigned: a member called __proto__ stays a member.
      Object.defineProperty(copy, name, { value, enumerable: true, configurable: true, writable: true });
    }
    return copy;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#bounds.maxBytes) {
      throw overLimit(`Cannot take ${this.#what}: it is larger than ${this.#bounds.maxBytes} bytes`);
    }
  }

  #refused(found: string) {
    return malformed(`Cannot take ${this.#what}: ${quoted(found)} is no JSON value`);
  }
}
