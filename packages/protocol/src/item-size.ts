/** What any value counts at least, so that a flood of empty ones is bounded too. */
const BASE_BYTES = 8;

/** Deeper values are refused by every link; the bound is for what has not met one yet. */
const MAX_DEPTH = 1_024;

/**
 * What an item of a stream counts, the same on both sides whatever encoding carried it: 8 for every value, and with it the bytes of
 * bytes, the UTF-8 bytes of text, the items of a list, and the keys (8 and their UTF-8 bytes each) and values of an object.
 */
export function itemSize(item: unknown, depth = 0): number {
  if (typeof item === "string") return BASE_BYTES + Buffer.byteLength(item);
  if (typeof item !== "object" || item === null) return BASE_BYTES;
  if (item instanceof Uint8Array) return BASE_BYTES + item.byteLength;
  if (depth > MAX_DEPTH) return Infinity;
  if (Array.isArray(item)) return item.reduce<number>((sum, value) => sum + itemSize(value, depth + 1), BASE_BYTES);
  if (hasToJson(item)) return itemSize(item.toJSON(), depth + 1);
  let size = BASE_BYTES;
  for (const key of Object.keys(item)) {
    const value = (item as Record<string, unknown>)[key];
    if (value === undefined || typeof value === "function" || typeof value === "symbol" || key === "__proto__")
      continue;
    size += BASE_BYTES + Buffer.byteLength(key) + itemSize(value, depth + 1);
  }
  return size;
}

function hasToJson(item: object): item is { toJSON: () => unknown } {
  return "toJSON" in item && typeof item.toJSON === "function";
}
