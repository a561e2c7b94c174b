/**
 * Words of JSON Schema (draft 7) that narrow what is allowed, and are not understood here: refused where the manifest is read, because
 * a rule that nobody keeps would look like one that is kept. Understood are `$ref` within the schema, `type`, `enum`, `const`, `anyOf`,
 * `oneOf`, `properties`, `required`, `additionalProperties`, `items`, bounds of numbers, text and lists, `pattern` and `format`. Any other
 * word is a remark, as JSON Schema has it.
 */
const REFUSED: ReadonlySet<string> = new Set(
  [
    "allOf not if then else patternProperties propertyNames minProperties maxProperties uniqueItems",
    "dependencies dependentRequired dependentSchemas contains minContains maxContains",
    "additionalItems prefixItems unevaluatedItems unevaluatedProperties $dynamicRef",
  ].flatMap((words) => words.split(" ")),
);

/** Whether a schema that says `keyword` cannot be held to. */
export const isRefusedKeyword = (keyword: string): boolean => REFUSED.has(keyword);

/** A schema nested deeper describes nothing that a person sets. */
export const DEEPEST_SCHEMA = 32;
