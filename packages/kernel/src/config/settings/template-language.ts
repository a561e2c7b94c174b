import type { JsonValue } from "@berth/base";

/** How one language writes what a template holds. Values are in its one-line form, so that a line can be commented out alone. */
export interface TemplateLanguage {
  /** What stands above the entries of all plugins. */
  readonly opening: readonly string[];
  /** The lines that open the map at `path`. */
  heading(path: readonly string[]): string[];
  pair(key: string, value: JsonValue): string[];
  /** Whether the language has such a value: TOML has no null. */
  canSay(value: JsonValue): boolean;
  /** Moves lines to where the map of that depth has its keys. */
  indent(lines: readonly string[], depth: number): string[];
}

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/;
/** Words that are no text in YAML when they stand bare. */
const YAML_WORD = /^(?:true|false|null|yes|no|on|off|y|n|~)$/i;

const yamlKey = (key: string): string => (PLAIN_KEY.test(key) && !YAML_WORD.test(key) ? key : JSON.stringify(key));
const tomlKey = (key: string): string => (PLAIN_KEY.test(key) ? key : tomlText(key));

/** `berth.yaml`; each heading is one key of the map above it. JSON is YAML, so values are JSON. */
export const YAML_TEMPLATE: TemplateLanguage = {
  opening: ["plugins:"],
  heading: (path) => [`${yamlKey(path.at(-1)!)}:`],
  canSay: () => true,
  pair: (key, value) => [`${yamlKey(key)}: ${JSON.stringify(value)}`],
  indent: (lines, depth) => lines.map((line) => "  ".repeat(depth) + line),
};

/** `berth.toml`. */
export const TOML_TEMPLATE: TemplateLanguage = {
  opening: [],
  heading: (path) => [`[${path.map(tomlKey).join(".")}]`],
  canSay: hasNoNull,
  pair: (key, value) => [`${tomlKey(key)} = ${tomlValue(value)}`],
  indent: (lines) => [...lines],
};

function hasNoNull(value: JsonValue): boolean {
  return typeof value === "object" ? value !== null && Object.values(value).every(hasNoNull) : true;
}

function tomlValue(value: JsonValue): string {
  if (value === null) return '""'; // A line with one is commented out.
  if (Array.isArray(value)) return `[${value.map(tomlValue).join(", ")}]`;
  if (typeof value === "object") {
    const pairs = Object.entries(value).map(([key, part]) => `${tomlKey(key)} = ${tomlValue(part)}`);
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
  }
  return typeof value === "string" ? tomlText(value) : String(value);
}

/** JSON's text is TOML's, but for the character DEL, which must be escaped there. */
const tomlText = (text: string): string => JSON.stringify(text.toWellFormed()).replaceAll("\u007f", String.raw`\u007F`);
