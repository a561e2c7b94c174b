import { MAX_DEPTH } from "./message-limits.ts";
import { tooMuch } from "./refused.ts";

/** What becomes of bytes and of keys in a copy. */
export interface CopyRules {
  bytes(bytes: Uint8Array): unknown;
  key(key: string): string;
}

/** For links that carry bytes as they are: a part of a larger buffer gets a buffer of its own. */
export const PLAIN: CopyRules = {
  bytes: (bytes) =>
    bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer ? bytes : new Uint8Array(bytes),
  key: (key) => key,
};

/**
 * A copy with nothing in it but JSON and bytes, by the rules of `JSON.stringify`: what has a `toJSON` is what that gives, functions and
 * `undefined` are left out (null in a list), NaN is null. `__proto__` is left out as a key.
 *
 * @throws HostError `LIMIT_EXCEEDED` when `toJSON` gives something deeper than a message may be.
 */
export function plainCopy(value: unknown, rules: CopyRules, depth = 0): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_DEPTH) throw tooMuch();
  if (value instanceof Uint8Array) return rules.bytes(value);
  if (Array.isArray(value)) return Array.from(value, (item) => plainCopy(item, rules, depth + 1) ?? null);
  if ("toJSON" in value && typeof value.toJSON === "function") return plainCopy(value.toJSON(), rules, depth + 1);
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const member = plainCopy((value as Record<string, unknown>)[key], rules, depth + 1);
    if (member !== undefined && key !== "__proto__") copy[rules.key(key)] = member;
  }
  return copy;
}
