import { pageHead, table } from "../generated-file.ts";
import type { JsonSchema } from "./json-schema.ts";
import type { DescribedFile } from "./schema-list.ts";

/** The reference page of a described file: a section for each table of fields. */
export function schemaPage(file: Pick<DescribedFile, "name" | "madeFrom" | "schemaPath">, schema: JsonSchema): string {
  const page = new Page(schema);
  page.addObject("", schema);
  const intro = sentence((schema.description ?? "").replace(`${file.name}: `, ""));
  const editors = `Editors check it by [\`${file.schemaPath}\`](../../${file.schemaPath}).`;
  const references = schema.definitions?.[REFERENCE.replace("#/definitions/", "")]
    ? " In place of any value, `${NAME}` or `${NAME:-default}` takes it from the environment."
    : "";
  return [
    pageHead(`\`${file.name}\``, file.madeFrom),
    `${intro[0]?.toUpperCase() ?? ""}${intro.slice(1)} ${editors}${references}\n`,
    ...page.sections,
  ].join("\n");
}

/** Allowed nearly everywhere, so it is said once. */
const REFERENCE = "#/definitions/environmentReference";

class Page {
  readonly sections: string[] = [];
  readonly #root: JsonSchema;

  constructor(root: JsonSchema) {
    this.#root = root;
  }

  addObject(path: string, schema: JsonSchema): void {
    const fields = Object.entries(schema.properties ?? {});
    const rows = fields.map(([name, field]) => this.#row(name, field, schema.required?.includes(name) ?? false));
    if (path !== "") this.sections.push(`## \`${path}\`\n`);
    if (path !== "" && schema.description) this.sections.push(`${sentence(schema.description)}\n`);
    this.sections.push(`${table(["field", "type", "default", "bounds", "description"], rows)}\n`);
    for (const [name, field] of fields) this.#addBelow(path === "" ? name : `${path}.${name}`, field);
  }

  /** The objects inside a field, however they are wrapped: in a list, a map, or as one of several forms. */
  #addBelow(path: string, field: JsonSchema): void {
    if (field.properties) this.addObject(path, field);
    if (field.items) this.#addBelow(`${path}[]`, describedBy(field.items, field));
    if (typeof field.additionalProperties === "object") {
      this.#addBelow(`${path}.<name>`, describedBy(field.additionalProperties, field));
    }
    for (const form of forms(field)) this.#addBelow(path, describedBy(form, field));
  }

  #row(name: string, field: JsonSchema, isRequired: boolean): string[] {
    const hasPreset = !isRequired && field.default !== undefined && !isEmptyMap(field.default);
    const preset = isRequired ? "required" : hasPreset ? code(field.default) : "";
    return [
      code(name, true),
      this.#type(field),
      preset,
      [...new Set(bounds(field))].join("; "),
      sentence(field.description ?? ""),
    ];
  }

  #type(schema: JsonSchema): string {
    if (schema.$ref?.includes("__schema")) return "any value";
    if (schema.$ref) return this.#type(this.#root.definitions?.[schema.$ref.replace("#/definitions/", "")] ?? {});
    if (schema.anyOf) return [...new Set(forms(schema).map((form) => this.#type(form)))].join(" or ");
    if (schema.enum) return schema.enum.map((value) => code(value)).join(", ");
    if (schema.const !== undefined) return code(schema.const);
    if (schema.type === "array") return `list of ${this.#type(schema.items ?? {})}`;
    if (schema.type === "object" && typeof schema.additionalProperties === "object") {
      return `map of ${this.#type(schema.additionalProperties)}`;
    }
    return TYPE_NAMES[schema.type ?? ""] ?? schema.type ?? "any value";
  }
}

const TYPE_NAMES: Record<string, string> = {
  object: "table",
  integer: "whole number",
  boolean: "true or false",
  string: "text",
};

/** The forms a field may take, the reference left out. */
function forms(schema: JsonSchema): JsonSchema[] {
  return (schema.anyOf ?? []).filter((form) => form.$ref !== REFERENCE);
}

function describedBy(inner: JsonSchema, outer: JsonSchema): JsonSchema {
  return inner.description || !outer.description ? inner : { ...inner, description: outer.description };
}

function bounds(schema: JsonSchema): string[] {
  const ofItems = schema.items ? bounds(schema.items).map((bound) => `each ${bound}`) : [];
  return [...ownBounds(schema), ...forms(schema).flatMap(bounds), ...ofItems];
}

function ownBounds(schema: JsonSchema): string[] {
  return [
    ...range(schema.minimum, schema.maximum, ""),
    ...range(schema.minLength, schema.maxLength, " characters"),
    ...range(schema.minItems, schema.maxItems, " entries"),
    // A long pattern only disturbs; the description says it in words.
    ...(schema.pattern && schema.pattern.length <= 60 ? [code(schema.pattern, true)] : []),
  ];
}

function range(low: number | undefined, high: number | undefined, unit: string): string[] {
  // A bound that no one reaches by hand says nothing.
  const from = low === undefined || low <= -Number.MAX_SAFE_INTEGER || (low === 0 && unit !== "") ? undefined : low;
  const to = high === undefined || high >= Number.MAX_SAFE_INTEGER ? undefined : high;
  if (from === undefined && to === undefined) return [];
  if (from === undefined) return [`at most ${to!.toLocaleString("en")}${unit}`];
  return [`${from.toLocaleString("en")}${to === undefined ? " or more" : ` to ${to.toLocaleString("en")}`}${unit}`];
}

function isEmptyMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

function code(value: unknown, isPlain = false): string {
  const text = isPlain || typeof value === "string" ? String(value) : JSON.stringify(value).replaceAll(",", ", ");
  return text === "" ? "empty" : `\`${text}\``;
}

function sentence(text: string): string {
  return text === "" || /[.!?]$/.test(text) ? text : `${text}.`;
}
