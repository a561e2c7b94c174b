import type { JsonValue } from "@berth/base";

/** A JSON Schema, as far as secrets can be told from it. */
interface MarkedSchema {
  /** JSON Schema's own word for what is set and never shown; `secret` is what schemas of Berth say. */
  writeOnly?: unknown;
  secret?: unknown;
  properties?: Record<string, MarkedSchema>;
  items?: MarkedSchema;
}

/** Every text of a configuration that its schema marks as secret. */
export function secretValues(schema: MarkedSchema | undefined, value: JsonValue | undefined): string[] {
  if (schema === undefined || value === undefined || value === null) return [];
  if (schema.writeOnly === true || schema.secret === true) return textsIn(value);
  if (Array.isArray(value)) return value.flatMap((item) => secretValues(schema.items, item));
  if (typeof value !== "object") return [];
  return Object.entries(schema.properties ?? {}).flatMap(([name, part]) =>
    Object.hasOwn(value, name) ? secretValues(part, value[name]) : [],
  );
}

function textsIn(value: JsonValue): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
