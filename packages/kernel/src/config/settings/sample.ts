import type { JsonObject, JsonValue } from "@berth/base";
import { schemaToZod } from "./schema-to-zod.ts";
import { withoutPrototypes } from "./without-prototypes.ts";

const SAMPLE_TEXTS = ["change-me", "https://example.org", "me@example.org", "1s", "127.0.0.1", "2026-01-01", "a", "1"];

/**
 * A value that a schema takes, the plainest there is and one that `canSay` allows; nothing when none could be thought of, as for most
 * patterns.
 */
export function sampleOf(
  schema: JsonObject,
  root: JsonObject,
  canSay: (value: JsonValue) => boolean,
): JsonValue | undefined {
  return fitting(schema, root, 0).find(canSay);
}

function candidates(schema: JsonObject, root: JsonObject, depth: number): JsonValue[] {
  if (depth > 8) return [];
  const { default: preset, examples, const: constant, enum: values, anyOf, oneOf, $ref } = schema;
  const said = [
    ...(preset === undefined ? [] : [preset]),
    ...(Array.isArray(examples) ? examples : []),
    ...(constant === undefined ? [] : [constant]),
    ...(Array.isArray(values) ? values : []),
  ];
  const choices = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : [];
  const referred = typeof $ref === "string" ? [definitionOf($ref, root)] : [];
  const parts = [...choices, ...referred].filter(isTable);
  return [...said, ...parts.flatMap((part) => candidates(part, root, depth + 1)), ...byType(schema, root, depth)];
}

function byType(schema: JsonObject, root: JsonObject, depth: number): JsonValue[] {
  const { type = "properties" in schema ? "object" : "string" } = schema;
  const types = (Array.isArray(type) ? type : [type]).filter((one) => typeof one === "string").toSorted(nullLast);
  return types.flatMap((one): JsonValue[] => {
    switch (one) {
      case "object":
        return [sampleMap(schema, root, depth)];
      case "array":
        return [sampleList(schema, root, depth)];
      case "integer":
      case "number":
        return sampleNumbers(schema, one === "integer");
      case "boolean":
        return [false];
      case "null":
        return [null];
      default:
        return sampleTexts(schema);
    }
  });
}

/** Not every language has a null. */
const nullLast = (a: string, b: string): number => Number(a === "null") - Number(b === "null");

function sampleMap({ properties, required }: JsonObject, root: JsonObject, depth: number): JsonObject {
  const parts = isTable(properties) ? properties : {};
  const names = Array.isArray(required) ? required.map(String) : [];
  const entries = names.map((name): [string, JsonValue] => {
    const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
    return [name, isTable(part) ? firstFitting(part, root, depth) : "change-me"];
  });
  return Object.fromEntries(entries);
}

function sampleList({ items, minItems }: JsonObject, root: JsonObject, depth: number): JsonValue[] {
  const count = typeof minItems === "number" ? Math.min(minItems, 100) : 0;
  const item = isTable(items) ? firstFitting(items, root, depth) : "change-me";
  return Array.from({ length: count }, () => item);
}

/** Those that a part of a larger sample would do with: null where nothing fits, which is then found out. */
const firstFitting = (schema: JsonObject, root: JsonObject, depth: number): JsonValue =>
  fitting(schema, root, depth)[0] ?? null;

function fitting(schema: JsonObject, root: JsonObject, depth: number): JsonValue[] {
  const definitions = { definitions: root["definitions"] ?? {}, $defs: root["$defs"] ?? {} };
  const zod = schemaToZod({ ...definitions, ...schema });
  return candidates(schema, root, depth + 1).filter((value) => zod.safeParse(withoutPrototypes(value)).success);
}

function sampleNumbers(schema: JsonObject, isWhole: boolean): number[] {
  const given = (key: string): number | undefined => {
    const bound = schema[key];
    return typeof bound === "number" ? bound : undefined;
  };
  const step = given("multipleOf") ?? (isWhole ? 1 : undefined);
  const low = given("minimum") ?? given("exclusiveMinimum");
  const high = given("maximum") ?? given("exclusiveMaximum");
  const near = [0, low, high, low === undefined || high === undefined ? undefined : (low + high) / 2].filter(
    (value) => value !== undefined,
  );
  if (step === undefined) return [...near, ...near.flatMap((value) => [value + 1, value - 1])];
  return near.flatMap((value) => {
    const count = Math.ceil(value / step);
    return [count * step, (count + 1) * step, (count - 1) * step];
  });
}

function sampleTexts({ minLength, maxLength }: JsonObject): string[] {
  const least = typeof minLength === "number" ? Math.min(minLength, 10_000) : 0;
  const most = typeof maxLength === "number" ? maxLength : Infinity;
  return [...SAMPLE_TEXTS.map((text) => text.padEnd(least, "-").slice(0, Math.max(most, 0))), ""];
}

function definitionOf(reference: string, root: JsonObject): JsonValue | undefined {
  const [, table, name] = /^#\/(definitions|\$defs)\/([^/]+)$/.exec(reference) ?? [];
  const definitions = table === undefined ? undefined : root[table];
  return isTable(definitions) && Object.hasOwn(definitions, name!) ? definitions[name!] : undefined;
}

const isTable = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
