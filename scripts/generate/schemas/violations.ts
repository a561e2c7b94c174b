import type { JsonSchema } from "./json-schema.ts";

/**
 * Where `value` breaks `schema`, as an editor would underline it: the path and the broken keyword. It knows the words of
 * {@link JsonSchema} and throws for any other, so that no schema passes by not being understood.
 */
export function violations(schema: JsonSchema, value: unknown, root = schema, path = ""): string[] {
  const unknown = Object.keys(schema).find((keyword) => !KNOWN.has(keyword));
  if (unknown !== undefined) throw new TypeError(`Cannot check by the keyword ${unknown} at ${path}`);
  const inner = (part: JsonSchema, item: unknown, at: string): string[] => violations(part, item, root, at);
  if (schema.$ref) return inner(root.definitions![schema.$ref.replace("#/definitions/", "")]!, value, path);
  if (schema.anyOf && !schema.anyOf.some((form) => inner(form, value, path).length === 0)) return [`${path}: anyOf`];
  if (schema.type && !hasType(schema.type, value)) return [`${path}: type`];
  const broken = [...ofScalar(schema, value), ...ofSize(schema, value)].map((keyword) => `${path}: ${keyword}`);
  if (Array.isArray(value)) {
    return [
      ...broken,
      ...value.flatMap((item, index) => (schema.items ? inner(schema.items, item, `${path}[${index}]`) : [])),
    ];
  }
  if (typeof value !== "object" || value === null) return broken;
  const missing = (schema.required ?? [])
    .filter((name) => !Object.hasOwn(value, name))
    .map((name) => `${path}.${name}: required`);
  const members = Object.entries(value).flatMap(([name, item]) => {
    const at = `${path}.${name}`;
    const ofName = schema.propertyNames ? inner(schema.propertyNames, name, at) : [];
    const own = schema.properties?.[name];
    if (own) return [...ofName, ...inner(own, item, at)];
    if (schema.additionalProperties === false) return [`${at}: additionalProperties`];
    return typeof schema.additionalProperties === "object"
      ? [...ofName, ...inner(schema.additionalProperties, item, at)]
      : ofName;
  });
  return [...broken, ...missing, ...members];
}

const KNOWN = new Set(
  (
    "$schema $id $ref title description type default secret properties required propertyNames additionalProperties items anyOf " +
    "enum const minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength minItems maxItems pattern definitions"
  ).split(" "),
);

function ofScalar(schema: JsonSchema, value: unknown): string[] {
  const isBad: Record<string, boolean> = {
    const: schema.const !== undefined && value !== schema.const,
    enum: schema.enum !== undefined && !schema.enum.includes(value),
    minimum: typeof value === "number" && value < (schema.minimum ?? -Infinity),
    maximum: typeof value === "number" && value > (schema.maximum ?? Infinity),
    exclusiveMinimum: typeof value === "number" && value <= (schema.exclusiveMinimum ?? -Infinity),
    exclusiveMaximum: typeof value === "number" && value >= (schema.exclusiveMaximum ?? Infinity),
    pattern: typeof value === "string" && schema.pattern !== undefined && !new RegExp(schema.pattern, "u").test(value),
  };
  return Object.keys(isBad).filter((keyword) => isBad[keyword]);
}

function ofSize(schema: JsonSchema, value: unknown): string[] {
  const outside = (size: number, min = 0, max = Infinity): boolean => size < min || size > max;
  if (typeof value === "string") return outside(value.length, schema.minLength, schema.maxLength) ? ["length"] : [];
  if (Array.isArray(value)) return outside(value.length, schema.minItems, schema.maxItems) ? ["items"] : [];
  return [];
}

function hasType(type: string, value: unknown): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  if (type === "null") return value === null;
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  return typeof value === type;
}
