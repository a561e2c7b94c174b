import { encodeUtf8 } from "../text-codec.ts";
import { percentDecode } from "./percent.ts";

type Entry = [name: string, value: string];

/** `URLSearchParams`. */
export class OwnURLSearchParams {
  #entries: Entry[] = [];
  #onChange: ((text: string) => void) | undefined;

  constructor(init: string | Iterable<readonly [string, string]> | Readonly<Record<string, string>> = "") {
    if (typeof init === "string") this.#entries = parseForm(init.replace(/^\?/, ""));
    else if (Symbol.iterator in init) this.#entries = Array.from(init, entryOf);
    else this.#entries = Object.entries(init).map(entryOf);
  }

  /** Those of a URL, which hears of every change. */
  static of(text: string, onChange: (text: string) => void): OwnURLSearchParams {
    const params = new OwnURLSearchParams(text);
    params.#onChange = onChange;
    return params;
  }

  get size(): number {
    return this.#entries.length;
  }

  append(name: string, value: string): void {
    this.#entries.push([textOf(name), textOf(value)]);
    this.#changed();
  }

  delete(name: string, value?: string): void {
    this.#entries = this.#entries.filter(
      (entry) => !(entry[0] === name && (value === undefined || entry[1] === value)),
    );
    this.#changed();
  }

  get(name: string): string | null {
    return this.#entries.find((entry) => entry[0] === name)?.[1] ?? null;
  }

  getAll(name: string): string[] {
    return this.#entries.filter((entry) => entry[0] === name).map((entry) => entry[1]);
  }

  has(name: string, value?: string): boolean {
    return this.#entries.some((entry) => entry[0] === name && (value === undefined || entry[1] === value));
  }

  set(name: string, value: string): void {
    const first = this.#entries.findIndex((entry) => entry[0] === name);
    if (first < 0) return this.append(name, value);
    this.#entries[first] = [name, textOf(value)];
    this.#entries = this.#entries.filter((entry, index) => index <= first || entry[0] !== name);
    this.#changed();
  }

  sort(): void {
    this.#entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    this.#changed();
  }

  forEach(callback: (value: string, name: string, params: this) => void): void {
    for (const [name, value] of this.#entries) callback(value, name, this);
  }

  *entries(): IterableIterator<Entry> {
    for (const [name, value] of this.#entries) yield [name, value];
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.#entries) yield name;
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this.#entries) yield value;
  }

  [Symbol.iterator](): IterableIterator<Entry> {
    return this.entries();
  }

  toString(): string {
    return this.#entries.map(([name, value]) => `${formEncode(name)}=${formEncode(value)}`).join("&");
  }

  #changed(): void {
    this.#onChange?.(this.toString());
  }
}

function textOf(value: unknown): string {
  return String(value).toWellFormed();
}

function entryOf([name, value]: readonly [string, string]): Entry {
  return [textOf(name), textOf(value)];
}

function parseForm(text: string): Entry[] {
  const decode = (part: string): string => percentDecode(part.replaceAll("+", " "));
  return text
    .toWellFormed()
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const equals = part.indexOf("=");
      return equals < 0 ? [decode(part), ""] : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))];
    });
}

function formEncode(text: string): string {
  return Array.from(encodeUtf8(text), (byte) => {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9*\-._]/.test(character)) return character;
    return character === " " ? "+" : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}
