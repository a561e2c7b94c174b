import type { JsonValue } from "./json.ts";

/** How large a JSON value may be. */
export interface JsonBounds {
  /** Of its text, about. */
  maxBytes: number;
  maxDepth: number;
}

/** Why a value cannot be carried as JSON: what was found at `path`. */
export interface NotPlain {
  /** `state.users[3].onLogin`, from the name the value was given. */
  path: string;
  problem: "type" | "cycle" | "depth" | "size";
  /** What is there, as JavaScript calls it (`function`, `Map`, `NaN`), or the bound that was passed. */
  found: string;
}

/**
 * A copy of a value that came from a plugin, made of plain data alone: every member is read once, so that a getter cannot show
 * the check one thing and the user another, and nobody can change it afterwards. Members that are `undefined` are left out.
 *
 * @param name the first word of the paths in problems.
 * @param refuse makes the error for the first thing that cannot be carried.
 */
export function plainJson(
  value: unknown,
  bounds: JsonBounds,
  name: string,
  refuse: (problem: NotPlain) => Error,
): JsonValue {
  return new PlainCopier(bounds, name, refuse).copy(value);
}

class PlainCopier {
  readonly #bounds: JsonBounds;
  readonly #name: string;
  readonly #refuse: (problem: NotPlain) => Error;
  readonly #path: (string | number)[] = [];
  readonly #above: object[] = [];
  #bytes = 0;

  constructor(bounds: JsonBounds, name: string, refuse: (problem: NotPlain) => Error) {
    this.#bounds = bounds;
    this.#name = name;
    this.#refuse = refuse;
  }

  copy(value: unknown): JsonValue {
    if (typeof value === "string") {
      this.#count(Buffer.byteLength(value) + 2);
      return value;
    }
    if (value === null || typeof value === "boolean" || Number.isFinite(value)) {
      this.#count(8);
      return value as JsonValue;
    }
    if (typeof value !== "object") throw this.#no("type", typeof value === "number" ? String(value) : typeof value);
    if (this.#above.includes(value)) throw this.#no("cycle", "a reference to what holds it");
    if (this.#above.length >= this.#bounds.maxDepth) throw this.#no("depth", `${this.#bounds.maxDepth} levels`);
    this.#above.push(value);
    const copy = Array.isArray(value) ? this.#copyList(value) : this.#copyObject(value);
    this.#above.pop();
    return copy;
  }

  #copyList(list: readonly unknown[]): JsonValue {
    const { length } = list;
    this.#count(length + 2); // at once: a sparse array claims millions of items and holds none
    return Array.from({ length }, (_, i) => this.#member(i, list[i]));
  }

  #copyObject(object: object): JsonValue {
    const tag = Object.prototype.toString.call(object);
    if (tag !== "[object Object]") throw this.#no("type", tag.slice(8, -1));
    const copy: { [name: string]: JsonValue } = {};
    this.#count(2);
    for (const name of Object.keys(object)) {
      const member: unknown = (object as Record<string, unknown>)[name];
      if (member === undefined) continue;
      this.#count(Buffer.byteLength(name) + 4);
      const value = this.#member(name, member);
      // Defined, not assigned: a member called __proto__ stays a member.
      Object.defineProperty(copy, name, { value, enumerable: true, configurable: true, writable: true });
    }
    return copy;
  }

  #member(key: string | number, value: unknown): JsonValue {
    this.#path.push(key);
    const copy = this.copy(value);
    this.#path.pop();
    return copy;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#bounds.maxBytes) throw this.#no("size", `${this.#bounds.maxBytes} bytes`);
  }

  #no(problem: NotPlain["problem"], found: string): Error {
    return this.#refuse({ path: this.#path.reduce<string>(below, this.#name), problem, found });
  }
}

function below(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}
