import type { JsonValue } from "@berth/base";
import { escapeReferences, formatYaml } from "@berth/kernel/config";

/** A source to be written, with what is said above it. */
export interface DraftSource {
  comments: string[];
  /** Keys in the order they are written. A {@link Ref} is a reference to a variable; other text is written literally. */
  entry: DraftMap & { id: string; type: string; enabled: boolean };
}

/** A file to be written. */
export interface DraftFile {
  comments: string[];
  /** Where an editor finds the schema. */
  schema?: string | undefined;
  /** What stands beside `sources`. */
  top: DraftMap;
  sources: DraftSource[];
}

/** A value of a variable, by the variable's name: what is written is `${NAME}`, never the value. */
export class Ref {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

export type DraftValue = string | number | boolean | Ref | DraftMap | DraftValue[];
export interface DraftMap {
  [key: string]: DraftValue | undefined;
}

/** Writes block-style YAML with comments, keys in the order given. */
export async function renderSources(file: DraftFile): Promise<string> {
  const { schema, comments, top, sources } = file;
  const head = [...(schema === undefined ? [] : [`yaml-language-server: $schema=${schema}`]), ...comments];
  const settings = toJson(top);
  const entries = await Promise.all(sources.map(renderSource));
  const blocks = [
    head.map(comment).join(""),
    Object.keys(settings).length === 0 ? "" : await formatYaml(settings),
    entries.length === 0 ? "sources: []\n" : `sources:\n${entries.join("\n")}`,
  ];
  return blocks.filter((block) => block !== "").join("\n");
}

async function renderSource({ comments, entry }: DraftSource): Promise<string> {
  const lines = `${comments.map(comment).join("")}${await formatYaml([toJson(entry)])}`.split("\n");
  return lines.map((line) => (line === "" ? "" : `  ${line}`)).join("\n");
}

/** One line each, whatever is in it. */
const comment = (text: string): string => `# ${text.replace(/[\r\n\u2028\u2029]+/g, " ")}\n`;

function toJson(map: DraftMap): { [key: string]: JsonValue } {
  const entries = Object.entries(map).filter((entry): entry is [string, DraftValue] => entry[1] !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [key, valueToJson(value)]));
}

function valueToJson(value: DraftValue): JsonValue {
  if (value instanceof Ref) return `\${${value.name}}`;
  if (typeof value === "string") return escapeReferences(value);
  if (Array.isArray(value)) return value.map(valueToJson);
  return typeof value === "object" ? toJson(value) : value;
}
