import { HostError } from "@berth/contract";
import { MAX_DEPTH } from "@berth/protocol";

/** `value` of the world: JSON, and beside it the bytes that JSON cannot say. */
export interface WitValue {
  json: string;
  bytes: readonly Uint8Array[];
}

const BYTES_KEY = "$bytes";
const NO_BYTES: readonly Uint8Array[] = [];

/** Text this long is looked over before it is parsed: what it becomes in memory can be twenty times as much. */
const LOOK_FIRST = 2 ** 20;
/** Values in one text. */
const MOST_VALUES = 2 ** 20;

/** A value that crossed a link is JSON and bytes already; only bytes and names like theirs need care. */
export function toWitValue(value: unknown): WitValue {
  if (!needsCare(value)) return { json: JSON.stringify(value) ?? "null", bytes: NO_BYTES };
  const bytes: Uint8Array[] = [];
  return { json: JSON.stringify(escaped(value, bytes)), bytes };
}

/** @throws HostError `PLUGIN_FAILED` when the component gave something that is no value. */
export function fromWitValue({ json, bytes }: WitValue): unknown {
  const value = fromJson(json);
  const isPlain = bytes.length === 0 && !json.includes(BYTES_KEY) && !json.includes("\\u");
  // How deep it is the link looks at that sends it on.
  return isPlain ? value : revived(value, bytes, 0);
}

/** Text of a component's that is JSON and nothing beside it. @throws HostError `PLUGIN_FAILED` when it is not. */
export function fromJson(json: string): unknown {
  if (json.length > LOOK_FIRST) assertFewValues(json);
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new HostError("PLUGIN_FAILED", "The component gave a value that is no JSON", { cause });
  }
}

function needsCare(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof Uint8Array) return true;
  if (Array.isArray(value)) return value.some(needsCare);
  for (const key in value) {
    if (key.startsWith(BYTES_KEY) || needsCare((value as Record<string, unknown>)[key])) return true;
  }
  return false;
}

function escaped(value: unknown, bytes: Uint8Array[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return { [BYTES_KEY]: bytes.push(value) - 1 };
  if (Array.isArray(value)) return value.map((item) => escaped(item, bytes));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key.startsWith(BYTES_KEY) ? BYTES_KEY + key : key,
      escaped(member, bytes),
    ]),
  );
}

function revived(value: unknown, bytes: readonly Uint8Array[], depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) throw notAValue(`deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) return value.map((item) => revived(item, bytes, depth + 1));
  if (Object.hasOwn(value, BYTES_KEY)) {
    const found = bytes[(value as { [BYTES_KEY]: number })[BYTES_KEY]];
    if (!found || Object.keys(value).length > 1) throw notAValue("that names bytes which are not there");
    return found;
  }
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    if (key === "__proto__") continue;
    copy[key.startsWith(BYTES_KEY + BYTES_KEY) ? key.slice(BYTES_KEY.length) : key] = revived(member, bytes, depth + 1);
  }
  return copy;
}

/** At least as many as the text has places where one can begin. */
function assertFewValues(json: string): void {
  let values = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if ((code === 0x2c || code === 0x5b || code === 0x7b) && ++values > MOST_VALUES) {
      throw notAValue(`of more than ${MOST_VALUES} parts`);
    }
  }
}

function notAValue(what: string): HostError {
  return new HostError("PLUGIN_FAILED", `The component gave a value ${what}`);
}
