import type { ZodType } from "zod";
import type { JsonSchema } from "./schema-lookup.ts";

/** A JSON Schema for editors, draft-07: the newest that YAML and TOML language servers share. */
export interface EditorSchema extends JsonSchema {
  $schema: string;
  $id: string;
  title: string;
}

const REFERENCE_NAME = "environmentReference";

const REFERENCE: JsonSchema = {
  type: "string",
  pattern: "\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-.*)?\\}",
  description: "Taken from the environment: ${NAME}, or ${NAME:-default}",
};

/**
 * The schema an editor checks by while somebody types. Wherever a value is bound to more than being text, a reference to an
 * environment variable is allowed as well: the host expands it before it checks.
 */
export async function toEditorSchema(schema: ZodType, about: { id: string; title: string }): Promise<EditorSchema> {
  const { toJsonSchema } = await import("./to-json-schema.ts");
  const { $schema, ...body } = toJsonSchema(schema);
  const withReferences = allowReferences(body as JsonSchema);
  return {
    $schema: $schema ?? "http://json-schema.org/draft-07/schema#",
    $id: about.id,
    ...withReferences,
    title: about.title,
    definitions: { ...withReferences.definitions, [REFERENCE_NAME]: REFERENCE },
  };
}

function allowReferences(schema: JsonSchema): JsonSchema {
  const inner = mapParts(schema);
  if (!isBound(inner)) return inner;
  // The hover text and the default belong to the whole, not to one of its two forms.
  const { description, default: preset, ...form } = inner;
  return {
    ...(description === undefined ? {} : { description }),
    ...(preset === undefined ? {} : { default: preset }),
    anyOf: [form, { $ref: `#/definitions/${REFERENCE_NAME}` }],
  };
}

/** Keys (`propertyNames`) are never expanded and stay as they are. */
function mapParts(schema: JsonSchema): JsonSchema {
  const { properties, definitions, additionalProperties, items, anyOf, oneOf, allOf } = schema;
  // Beside a branch for any text, a reference is allowed already.
  const each = (schemas: JsonSchema[]): JsonSchema[] =>
    schemas.some(isAnyText) ? schemas : schemas.map(allowReferences);
  const all = (schemas: Record<string, JsonSchema>): Record<string, JsonSchema> =>
    Object.fromEntries(Object.entries(schemas).map(([name, part]) => [name, allowReferences(part)]));
  return {
    ...schema,
    ...(properties && { properties: all(properties) }),
    ...(definitions && { definitions: all(definitions) }),
    ...(typeof additionalProperties === "object" && { additionalProperties: allowReferences(additionalProperties) }),
    ...(items && { items: Array.isArray(items) ? each(items) : allowReferences(items) }),
    ...(anyOf && { anyOf: each(anyOf) }),
    ...(oneOf && { oneOf: each(oneOf) }),
    ...(allOf && { allOf: each(allOf) }),
  };
}

const isAnyText = (schema: JsonSchema): boolean => schema.type === "string" && !isBound(schema);

function isBound({ type, enum: values, const: constant, pattern, format, minLength, maxLength }: JsonSchema): boolean {
  if (type === "integer" || type === "number" || type === "boolean") return true;
  return (
    type === "string" && [values, constant, pattern, format, minLength, maxLength].some((bound) => bound !== undefined)
  );
}
