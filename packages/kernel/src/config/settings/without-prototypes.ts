import type { JsonValue } from "@berth/base";

/** The same data in maps without a prototype: a schema that names a key `valueOf` must not find what every object has. */
export function withoutPrototypes(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  const map = Object.create(null) as { [key: string]: JsonValue };
  for (const [key, part] of Object.entries(value)) map[key] = withoutPrototypes(part);
  return map;
}
