import { toJSONSchema, type ZodType } from "zod";

/**
 * What the schema takes, as JSON Schema draft-07. Importing this module loads zod. The import is here, and not lazy beside its
 * users, because a bundler keeps all of a package that is imported lazily, and every reader of manifests would load it.
 */
export function toJsonSchema(schema: ZodType) {
  return toJSONSchema(schema, { target: "draft-7", io: "input", unrepresentable: "any" });
}
