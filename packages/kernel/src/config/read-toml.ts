import { neutraliseLine } from "@berth/base";
import { parse, TomlError } from "smol-toml";
import { CONFIG_LIMITS } from "./config-limits.ts";
import { type ConfigNode, listNode, mapNode, type ScalarNode, scalarNode } from "./config-node.ts";
import type { Parsed } from "./read-yaml.ts";
import type { SourceFile } from "./source-file.ts";

/**
 * Parses TOML. The parser stops at the first syntax error. Places are not known yet: see `place-toml.ts`.
 * Importing this module loads the parser.
 */
export function readToml(source: SourceFile): Parsed {
  const refuse = (message: string, place: { line?: number; column?: number } = {}): Parsed => ({
    root: undefined,
    problems: [{ file: source.file, ...place, path: "", message }],
  });
  let value: unknown;
  try {
    value = parse(source.text, { maxDepth: CONFIG_LIMITS.depth });
  } catch (error) {
    if (!(error instanceof TomlError)) return refuse("not valid TOML: nested too deep");
    return refuse(wordingOf(error), { line: error.line, column: error.column });
  }
  const builder = new TreeBuilder(source);
  const root = builder.build(value, 0);
  if (root.size > CONFIG_LIMITS.values) return refuse(`holds more than ${CONFIG_LIMITS.values} values`);
  return builder.problem === undefined ? { root, problems: [] } : refuse(builder.problem);
}

function wordingOf(error: TomlError): string {
  const sentence = error.message.split("\n", 1)[0]!.replace(/^Invalid TOML document: /, "");
  return `not valid TOML: ${neutraliseLine(sentence, 300)}`;
}

class TreeBuilder {
  readonly #source: SourceFile;
  problem: string | undefined;

  constructor(source: SourceFile) {
    this.#source = source;
  }

  build(value: unknown, depth: number): ConfigNode {
    const origin = { source: this.#source };
    if (depth > CONFIG_LIMITS.depth) {
      this.problem = `nested more than ${CONFIG_LIMITS.depth} deep`;
      return scalarNode(null, origin);
    }
    if (Array.isArray(value))
      return listNode(
        value.map((item) => this.build(item, depth + 1)),
        origin,
      );
    if (isTable(value)) return mapNode(this.#entries(value, depth), origin);
    return scalarNode(scalarOf(value), origin);
  }

  #entries(table: object, depth: number): Map<string, ConfigNode> {
    const entries = new Map<string, ConfigNode>();
    for (const [key, child] of Object.entries(table)) {
      if (key === "__proto__") this.problem = "the key `__proto__` is not allowed";
      entries.set(key, this.build(child, depth + 1));
    }
    return entries;
  }
}

const isTable = (value: unknown): value is object =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === null;

/** Dates and times become the text they were written as, normalised; JSON has no other form for them. */
function scalarOf(value: unknown): ScalarNode["value"] {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return value instanceof Date ? value.toISOString() : null;
}
