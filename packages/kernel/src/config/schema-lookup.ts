import type { ConfigPath } from "./config-path.ts";

/** As much of JSON Schema as is looked at. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  default?: unknown;
  /** Set by `.meta({ secret: true })`: the value is never shown. */
  secret?: boolean;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: boolean | JsonSchema;
  propertyNames?: JsonSchema;
  items?: JsonSchema | JsonSchema[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  format?: string;
  definitions?: Record<string, JsonSchema>;
}

/** Every part of `root` that may describe what stands at `path`; several below a union, none below an unknown key. */
export function schemasAt(root: JsonSchema, path: ConfigPath): JsonSchema[] {
  let current = branches(root, root);
  for (const step of path)
    current = current.flatMap((schema) => childrenOf(schema, step)).flatMap((s) => branches(root, s));
  return current;
}

/**
 * The keys the map `value` at `path` may have; empty when it may have any. Of a choice told apart by a fixed word, only the
 * branch with the word in `value` counts.
 */
export function allowedKeys(root: JsonSchema, path: ConfigPath, value: unknown): string[] {
  const fitting = schemasAt(root, path).filter((schema) => fixedWordsMatch(schema, value));
  return [...new Set(fitting.flatMap((schema) => Object.keys(schema.properties ?? {})))];
}

/** Whether a map at `path` may have keys of any name. */
export function takesAnyKey(root: JsonSchema, path: ConfigPath): boolean {
  return schemasAt(root, path).some(
    ({ type, properties, additionalProperties: rest }) =>
      type === "object" && properties === undefined && (rest === true || typeof rest === "object"),
  );
}

/** The keys of the whole document below which the key `wanted` may stand. */
export function sectionsWith(root: JsonSchema, wanted: string): string[] {
  return allowedKeys(root, [], undefined).filter((name) => allowedKeys(root, [name], undefined).includes(wanted));
}

function fixedWordsMatch({ properties = {} }: JsonSchema, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  const given = value as Record<string, unknown>;
  const isAnother = ([key, part]: [string, JsonSchema]): boolean =>
    part.const !== undefined && typeof given[key] === "string" && given[key] !== part.const;
  return !Object.entries(properties).some(isAnother);
}

/** Whether the value at `path`, or a part of the document that holds it, is marked as secret. */
export function isSecret(root: JsonSchema, path: ConfigPath): boolean {
  return [...path.keys(), path.length].some((length) =>
    schemasAt(root, path.slice(0, length)).some((schema) => schema.secret === true),
  );
}

function childrenOf(schema: JsonSchema, step: string | number): JsonSchema[] {
  if (typeof step === "number") return Array.isArray(schema.items) ? schema.items : schema.items ? [schema.items] : [];
  const { properties = {}, additionalProperties } = schema;
  if (Object.hasOwn(properties, step)) return [properties[step]!];
  return typeof additionalProperties === "object" ? [additionalProperties] : [];
}

/** The schema itself and all it may stand for. A reference is followed once on one way, since schemas may be recursive. */
function branches(root: JsonSchema, schema: JsonSchema, followed: ReadonlySet<string> = new Set()): JsonSchema[] {
  const { $ref, anyOf = [], oneOf = [], allOf = [] } = schema;
  const parts = [...anyOf, ...oneOf, ...allOf];
  if ($ref === undefined || followed.has($ref))
    return [schema, ...parts.flatMap((part) => branches(root, part, followed))];
  const referred = resolveReference(root, $ref);
  return branches(
    root,
    { ...schema, ...referred, anyOf: [...parts, ...(referred.anyOf ?? [])] },
    new Set([...followed, $ref]),
  );
}

function resolveReference(root: JsonSchema, reference: string): JsonSchema {
  return reference === "#" ? root : (root.definitions?.[reference.slice("#/definitions/".length)] ?? {});
}
