import type { JsonValue } from "@berth/base";

/** A copy of a JSON value, which nobody else holds. */
export function copyData(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyData);
  const copy: Record<string, JsonValue> = {};
  for (const name of Object.keys(value)) {
    if (name === "__proto__") defineMember(copy, name, copyData(value[name]!));
    else copy[name] = copyData(value[name]!);
  }
  return copy;
}

/** A member called __proto__ stays a member. */
function defineMember(object: object, name: string, value: JsonValue): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}
