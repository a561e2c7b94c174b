import type { JsonObject, JsonValue } from "@berth/base";

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  integer: "whole number",
  number: "number",
  boolean: "true or false",
  array: "list",
  object: "map",
  null: "null",
};

/** One line for people: what a setting is for, what it takes, what it is when nobody says. */
export function describeSchema(schema: JsonObject, mustBeSet: boolean): string {
  const { description } = schema;
  const facts = [form(schema), bounds(schema), mustBeSet ? "must be set" : defaultOf(schema)];
  const line = facts.filter((fact) => fact !== "").join(", ");
  const purpose =
    typeof description === "string" && description !== "" ? `${description.replace(/[.\s]+$/, "")}: ` : "";
  return `${purpose}${line}`;
}

function form({ type, enum: values, const: constant, writeOnly, secret }: JsonObject): string {
  const hidden = writeOnly === true || secret === true ? "secret " : "";
  if (constant !== undefined) return JSON.stringify(constant);
  if (Array.isArray(values)) return `one of ${values.map((value) => JSON.stringify(value)).join(", ")}`;
  const types = (Array.isArray(type) ? type : [type]).flatMap((one) => (typeof one === "string" ? [one] : []));
  const words = types.map((one) => (Object.hasOwn(TYPES, one) ? TYPES[one]! : one));
  return words.length === 0 ? `${hidden}anything` : hidden + words.join(" or ");
}

function bounds(schema: JsonObject): string {
  const told = (key: string, words: string): string[] => {
    const value = schema[key];
    return typeof value === "number" || typeof value === "string" ? [`${words} ${value}`] : [];
  };
  return [
    ...told("minimum", "at least"),
    ...told("exclusiveMinimum", "more than"),
    ...told("maximum", "at most"),
    ...told("exclusiveMaximum", "less than"),
    ...told("multipleOf", "a multiple of"),
    ...told("minLength", "characters at least"),
    ...told("maxLength", "characters at most"),
    ...told("minItems", "entries at least"),
    ...told("maxItems", "entries at most"),
    ...told("pattern", "matching"),
    ...told("format", "a valid"),
  ].join(", ");
}

const defaultOf = ({ default: preset }: JsonObject): string =>
  preset === undefined ? "optional" : `default ${shortly(preset)}`;

const shortly = (value: JsonValue): string => JSON.stringify(value).slice(0, 200);
