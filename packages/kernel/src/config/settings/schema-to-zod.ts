import { errorMessage, type JsonValue } from "@berth/base";
import * as z from "zod";
import { assertPattern, GuardedPatterns } from "./guarded-pattern.ts";
import { DEEPEST_SCHEMA, isRefusedKeyword } from "./schema-keywords.ts";

/** A JSON Schema as it stands in a manifest: nothing of it is believed. */
type Schema = Readonly<Record<string, unknown>>;

/**
 * The zod schema that takes what a JSON Schema of a manifest takes, so that settings are checked, described and completed in editors as
 * the rest of `berth.yaml` is. Two things are stricter than JSON Schema has them: a map whose keys are listed takes no others unless
 * `additionalProperties` says so, and a keyword that cannot be held to is refused. `oneOf` is read as `anyOf`.
 *
 * @throws Error saying what of the schema cannot be used.
 */
export function schemaToZod(schema: Schema): z.ZodType {
  return new Translation(schema).of(schema, 0);
}

class Translation {
  readonly #root: Schema;
  readonly #patterns = new GuardedPatterns();
  readonly #referred = new Map<string, z.ZodType>();

  constructor(root: Schema) {
    this.#root = root;
  }

  of(part: unknown, depth: number): z.ZodType {
    if (depth > DEEPEST_SCHEMA) throw new Error(`it is nested more than ${DEEPEST_SCHEMA} deep`);
    if (part === true) return z.json();
    if (part === false) return z.never();
    if (!isTable(part)) throw new Error("a schema must be a table");
    const refused = Object.keys(part).find(isRefusedKeyword);
    if (refused !== undefined) throw new Error(`the keyword ${refused} is not understood`);
    return withRemarks(this.#form(part, depth), part);
  }

  #form(schema: Schema, depth: number): z.ZodType {
    const { $ref, enum: values, const: constant, type } = schema;
    if (typeof $ref === "string") return this.#reference($ref, depth);
    if (constant !== undefined) return oneOf([constant]);
    if (Array.isArray(values)) return oneOf(values);
    const choice: unknown = schema["anyOf"] ?? schema["oneOf"];
    if (Array.isArray(choice) && choice.length > 0) return z.union(choice.map((part) => this.of(part, depth + 1)));
    if (Array.isArray(type)) return z.union(type.map((one) => this.#typed(String(one), schema, depth)));
    if (typeof type === "string") return this.#typed(type, schema, depth);
    return isTable(schema["properties"]) ? this.#map(schema, depth) : z.json();
  }

  #typed(type: string, schema: Schema, depth: number): z.ZodType {
    switch (type) {
      case "object":
        return this.#map(schema, depth);
      case "array":
        return this.#list(schema, depth);
      case "string":
        return this.#text(schema);
      case "number":
        return bounded(z.number(), schema);
      case "integer":
        return bounded(z.int(), schema);
      case "boolean":
        return z.boolean();
      case "null":
        return z.null();
      default:
        throw new Error(`there is no type ${JSON.stringify(type.slice(0, 50))}`);
    }
  }

  #map(schema: Schema, depth: number): z.ZodType {
    const { properties = {}, required = [], additionalProperties: rest } = schema;
    if (!isTable(properties) || !Array.isArray(required)) throw new Error("properties and required are malformed");
    const names = [...new Set([...Object.keys(properties), ...required.map(String)])];
    if (names.includes("__proto__")) throw new Error("no key can be named __proto__");
    if (names.length === 0 && rest !== false) {
      return z.record(z.string(), rest === undefined ? z.json() : this.of(rest, depth + 1));
    }
    const shape = Object.fromEntries(
      names.map((name) => {
        const part = Object.hasOwn(properties, name) ? properties[name] : true;
        const value = this.of(part, depth + 1);
        const isLeftOut = !required.includes(name) && !(isTable(part) && part["default"] !== undefined);
        return [name, isLeftOut ? value.optional() : value];
      }),
    );
    return rest === undefined || rest === false
      ? z.strictObject(shape)
      : z.object(shape).catchall(this.of(rest, depth + 1));
  }

  #list({ items = true, minItems, maxItems }: Schema, depth: number): z.ZodType {
    let list = z.array(this.of(items, depth + 1));
    if (typeof minItems === "number") list = list.min(minItems);
    if (typeof maxItems === "number") list = list.max(maxItems);
    return list;
  }

  #text({ minLength, maxLength, pattern, format }: Schema): z.ZodType {
    let text = z.string();
    if (typeof minLength === "number") text = text.min(minLength);
    if (typeof maxLength === "number") text = text.max(maxLength);
    const checked = typeof format === "string" ? withFormat(text, format) : text;
    if (typeof pattern !== "string") return checked;
    assertPattern(pattern);
    const matched = checked.refine((value) => this.#matches(pattern, String(value)), `must match /${pattern}/`);
    return matched.meta({ pattern }); // Editors check by it too.
  }

  #matches(pattern: string, text: string): boolean {
    try {
      return this.#patterns.test(pattern, text);
    } catch {
      return false; // It took too long: nothing is allowed by a rule that cannot be asked.
    }
  }

  #reference(reference: string, depth: number): z.ZodType {
    const known = this.#referred.get(reference);
    if (known) return known;
    const target = reference === "#" ? this.#root : this.#definition(reference);
    let made: z.ZodType | undefined;
    const lazy = z.lazy(() => (made ??= this.of(target, 0)));
    this.#referred.set(reference, lazy);
    // Made once here too, so that what is wrong with it is said now.
    made = this.of(target, depth + 1);
    return lazy;
  }

  #definition(reference: string): Schema {
    const [, table, name] = /^#\/(definitions|\$defs)\/([^/]+)$/.exec(reference) ?? [];
    const definitions = table === undefined ? undefined : this.#root[table];
    const found = isTable(definitions) && Object.hasOwn(definitions, name!) ? definitions[name!] : undefined;
    if (isTable(found)) return found;
    throw new Error(`$ref leads nowhere: ${JSON.stringify(reference.slice(0, 100))}`);
  }
}

function withRemarks(form: z.ZodType, schema: Schema): z.ZodType {
  const { description, default: preset, writeOnly, secret, format } = schema;
  const whole = preset === undefined ? form : form.prefault(preset as never);
  const isSecret = writeOnly === true || secret === true || format === "password";
  const remarks = {
    ...(typeof description === "string" ? { description: description.slice(0, 500) } : {}),
    ...(isSecret ? { secret: true } : {}),
  };
  return Object.keys(remarks).length > 0 ? whole.meta(remarks) : whole;
}

function oneOf(values: readonly unknown[]): z.ZodType {
  const isPlain = (value: unknown): value is string | number | boolean | null =>
    value === null || ["string", "number", "boolean"].includes(typeof value);
  if (values.length > 0 && values.every(isPlain)) return z.literal(values);
  throw new Error("enum and const take text, numbers, true, false and null");
}

function bounded(
  number: z.ZodNumber,
  { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: Schema,
): z.ZodType {
  let bound = number;
  if (typeof minimum === "number") bound = bound.min(minimum);
  if (typeof maximum === "number") bound = bound.max(maximum);
  if (typeof exclusiveMinimum === "number") bound = bound.gt(exclusiveMinimum);
  if (typeof exclusiveMaximum === "number") bound = bound.lt(exclusiveMaximum);
  if (typeof multipleOf === "number") bound = bound.multipleOf(multipleOf);
  return bound;
}

/** Formats of addresses and the like are checked; of others JSON Schema says that they are remarks. */
const FORMATS: Readonly<Record<string, () => z.ZodType>> = {
  email: () => z.email(),
  uri: () => z.url(),
  uuid: () => z.uuid(),
  ipv4: () => z.ipv4(),
  ipv6: () => z.ipv6(),
  date: () => z.iso.date(),
  time: () => z.iso.time(),
  "date-time": () => z.iso.datetime({ offset: true }),
};

function withFormat(text: z.ZodString, format: string): z.ZodType {
  const made = Object.hasOwn(FORMATS, format) ? FORMATS[format]!() : undefined;
  if (!made) return text;
  return text.refine((value) => made.safeParse(value).success, `must be a valid ${format}`);
}

/** What of a JSON Schema cannot be used, as a sentence; nothing when it can. */
export function schemaFault(schema: Schema): string | undefined {
  try {
    schemaToZod(schema);
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

const isTable = (value: unknown): value is Record<string, JsonValue> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
