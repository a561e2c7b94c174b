import { MAX_DEPTH } from "./message-limits.ts";
import { MAX_ITEM_BYTES } from "./stream.ts";

/** What any value counts at least, so that a flood of empty ones is bounded too. */
const BASE_BYTES = 8;

/**
 * What an item of a stream counts, the same on both sides whatever encoding carried it: 8 for every value, and with it the bytes of
 * bytes, the UTF-8 bytes of text, the items of a list, and the members of an object (8, the key in UTF-8, and the value each). Above
 * {@link MAX_ITEM_BYTES} the count stops somewhere.
 */
export function itemSize(item: unknown): number {
  if (typeof item === "string") return BASE_BYTES + Buffer.byteLength(item);
  if (typeof item !== "object" || item === null) return BASE_BYTES;
  if (item instanceof Uint8Array) return BASE_BYTES + item.byteLength;
  return sizeOfReference(item, 0);
}

function sizeOf(value: unknown, depth: number): number {
  return typeof value === "object" && value !== null ? sizeOfReference(value, depth) : itemSize(value);
}

function sizeOfReference(value: object, depth: number): number {
  // No link carries it; what holds itself ends here too.
  if (depth > MAX_DEPTH) return Infinity;
  if (value instanceof Uint8Array) return BASE_BYTES + value.byteLength;
  if (Array.isArray(value)) return sizeOfList(value, depth + 1);
  if ("toJSON" in value && typeof value.toJSON === "function") return sizeOf(value.toJSON(), depth + 1);
  return sizeOfObject(value as Record<string, unknown>, depth + 1);
}

function sizeOfList(values: readonly unknown[], depth: number): number {
  let size = BASE_BYTES;
  for (const value of values) {
    size += sizeOf(value, depth);
    if (size > MAX_ITEM_BYTES) break;
  }
  return size;
}

function sizeOfObject(object: Record<string, unknown>, depth: number): number {
  let size = BASE_BYTES;
  for (const key of Object.keys(object)) {
    const value = object[key];
    // What JSON leaves out does not count.
    if (value === undefined || typeof value === "function" || typeof value === "symbol" || key === "__proto__")
      continue;
    size += BASE_BYTES + Buffer.byteLength(key) + sizeOf(value, depth);
    if (size > MAX_ITEM_BYTES) break;
  }
  return size;
}
