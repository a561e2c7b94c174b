import type { JsonObject, JsonValue } from "@berth/base";

/** How much a value may be. */
export interface JsonBound {
  /** Of its JSON, about. */
  bytes: number;
  /** Levels of nesting. */
  depth: number;
}

/** A copy of `value` with nothing in it but JSON; `undefined` when it is something else, or more than `bound`. */
export function boundedJson(value: unknown, bound: JsonBound): JsonValue | undefined {
  const copier = new Copier(bound.bytes);
  const copy = copier.copy(value, bound.depth);
  return copier.isGood ? copy : undefined;
}

class Copier {
  isGood = true;
  #bytesLeft: number;

  constructor(bytes: number) {
    this.#bytesLeft = bytes;
  }

  copy(value: unknown, depth: number): JsonValue | undefined {
    if (!this.isGood) return undefined;
    this.#take(typeof value === "string" ? value.length + 2 : 4);
    if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
    if (typeof value === "number") return Number.isFinite(value) ? value : null;
    if (typeof value === "object" && depth > 0) {
      return Array.isArray(value) ? this.#list(value, depth) : this.#object(value, depth);
    }
    this.isGood = false;
    return undefined;
  }

  #list(values: readonly unknown[], depth: number): JsonValue[] {
    const copies: JsonValue[] = [];
    for (const value of values) {
      if (!this.isGood) break;
      copies.push(this.copy(value, depth - 1) ?? null);
    }
    return copies;
  }

  #object(object: object, depth: number): JsonObject | undefined {
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype !== null && prototype !== Object.prototype) {
      this.isGood = false;
      return undefined;
    }
    const copy: JsonObject = {};
    // Not by a list of its entries: there may be millions, and the bound be a thousand.
    for (const key in object) {
      if (!this.isGood) break;
      const value = (object as Record<string, unknown>)[key];
      if (value === undefined || key === "__proto__") continue;
      this.#take(key.length + 3);
      copy[key] = this.copy(value, depth - 1) ?? null;
    }
    return copy;
  }

  #take(bytes: number): void {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft < 0) this.isGood = false;
  }
}
