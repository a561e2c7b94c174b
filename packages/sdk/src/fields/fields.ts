import { nearest } from "@berth/base";
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { checkField } from "./check-field.ts";
import { parseDuration } from "./duration.ts";
import type { Field, Fields, FieldValues } from "./field.ts";
import { fieldsToJsonSchema } from "./json-schema.ts";

/** A schema that checks values and can describe itself as JSON Schema: made by {@link fields}, or by zod 4. */
export interface ConfigSchema<Output = unknown> {
  readonly "~standard": StandardSchemaV1.Props<unknown, Output> & Partial<StandardJSONSchemaV1.Props<unknown, Output>>;
}

/**
 * A configuration schema without a library: fields with types, bounds and defaults (RPT-79, RPT-80). It is a Standard Schema
 * (standardschema.dev), as zod's are, so either may stand wherever a plugin gives a schema. Unknown fields are problems.
 *
 * @example
 * const schema = fields({
 *   city: { type: "string", required: true, description: "The city to show" },
 *   units: { type: "string", oneOf: ["metric", "imperial"], default: "metric" },
 * });
 * schema["~standard"].validate({ city: "Oslo" }); // { value: { city: "Oslo", units: "metric" } }
 */
export function fields<const F extends Fields>(definition: F): ConfigSchema<FieldValues<F>> {
  assertDefinitionIsSound(definition);
  return {
    "~standard": {
      version: 1,
      vendor: "berth",
      validate: (value) => validate(definition, value),
      jsonSchema: { input: () => fieldsToJsonSchema(definition), output: () => fieldsToJsonSchema(definition) },
    },
  };
}

function validate<F extends Fields>(definition: F, input: unknown): StandardSchemaV1.Result<FieldValues<F>> {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    return { issues: [{ message: "must be a map of fields", path: [] }] };
  }
  const given = new Map<string, unknown>(Object.entries(input));
  const values: Record<string, unknown> = {};
  const issues: StandardSchemaV1.Issue[] = unknownFields(definition, given.keys());
  for (const [name, field] of Object.entries(definition)) {
    const result = checkGiven(field, given.get(name));
    if (result && "problem" in result) issues.push({ message: result.problem, path: [name] });
    else if (result) values[name] = result.value;
  }
  return issues.length > 0 ? { issues } : { value: values as FieldValues<F> };
}

function checkGiven(field: Field, value: unknown): ReturnType<typeof checkField> | undefined {
  if (value !== undefined && value !== null) return checkField(field, value);
  if (field.default !== undefined) return checkField(field, field.default);
  return field.required ? { problem: `is required${field.description ? `: ${field.description}` : ""}` } : undefined;
}

function unknownFields(definition: Fields, given: Iterable<string>): StandardSchemaV1.Issue[] {
  const known = Object.keys(definition);
  return [...given]
    .filter((name) => !Object.hasOwn(definition, name))
    .map((name) => {
      const meant = nearest(name, known);
      const hint = meant
        ? `; did you mean ${meant}?`
        : known.length > 0
          ? `; allowed: ${known.join(", ")}`
          : "; there are none";
      return { message: `is not a known field${hint}`, path: [name] };
    });
}

/** A default that its own field refuses is a bug of the plugin's author, and is better found at load than at midnight. */
function assertDefinitionIsSound(definition: Fields): void {
  for (const [name, field] of Object.entries(definition)) {
    if (field.type === "duration") {
      for (const bound of [field.min, field.max]) {
        if (bound !== undefined && parseDuration(bound) === undefined) {
          throw new TypeError(`Cannot define field "${name}": ${JSON.stringify(bound)} is no duration`);
        }
      }
    }
    const result = field.default === undefined ? undefined : checkField(field, field.default);
    if (result && "problem" in result)
      throw new TypeError(`Cannot define field "${name}": its default ${result.problem}`);
  }
}
