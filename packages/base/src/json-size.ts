import type { JsonValue } from "./json.ts";

/** What any value takes, however small. */
const LEAST_BYTES = 8;

/** What a value takes in memory, about: for bounds, so it counts two bytes a character and is quick. */
export function jsonSize(value: JsonValue): number {
  if (typeof value === "string") return LEAST_BYTES + value.length * 2;
  if (typeof value !== "object" || value === null) return LEAST_BYTES;
  let size = LEAST_BYTES;
  if (Array.isArray(value)) {
    for (const item of value) size += jsonSize(item);
    return size;
  }
  for (const name of Object.keys(value)) size += LEAST_BYTES + name.length * 2 + jsonSize(value[name]!);
  return size;
}
