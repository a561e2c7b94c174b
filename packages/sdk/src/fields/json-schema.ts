import type { Field, Fields } from "./field.ts";

/** JSON Schema (draft 7 and later read it alike) of what an operator writes for `fields`. */
export function fieldsToJsonSchema(fields: Fields): Record<string, unknown> {
  const required = Object.keys(fields).filter((name) => fields[name]!.required && fields[name]!.default === undefined);
  return {
    type: "object",
    properties: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fieldToJsonSchema(field)])),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

function fieldToJsonSchema(field: Field): Record<string, unknown> {
  return defined({ ...typeOf(field), description: field.description, default: field.default, "x-flag": field.flags });
}

function typeOf(field: Field): Record<string, unknown> {
  switch (field.type) {
    case "string":
      return {
        type: "string",
        enum: field.oneOf,
        pattern: field.pattern && `^(?:${field.pattern.source})$`,
        minLength: field.minLength ?? (field.required ? 1 : undefined),
        maxLength: field.maxLength,
        writeOnly: field.secret,
      };
    case "number":
    case "int":
      return {
        type: field.type === "int" ? "integer" : "number",
        minimum: field.min,
        maximum: field.max,
        enum: field.oneOf,
      };
    case "bool":
      return { type: "boolean" };
    case "duration":
      return { type: "string", pattern: "^(?:\\d+(?:\\.\\d+)?(?:ms|s|m|h|d))+$" };
    case "strings":
      break;
  }
  return { type: "array", items: defined({ type: "string", enum: field.oneOf }), maxItems: field.maxItems };
}

function defined(entries: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}
