import type { Finding } from "../config/describe-issue.ts";
import { schemaFault } from "../config/settings/schema-to-zod.ts";
import type { DescribedSchema } from "./described-schemas.ts";

/** A rule that nobody keeps would look like one that is kept: a schema that cannot be held to is refused. */
export function checkDescribedSchemas(schemas: readonly DescribedSchema[]): Finding[] {
  return schemas.flatMap(({ path, schema }): Finding[] => {
    const fault = schemaFault(schema);
    return fault === undefined ? [] : [{ path, part: "key", message: `cannot be held to: ${fault}` }];
  });
}
