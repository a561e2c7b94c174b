import { neutraliseLine } from "@berth/base";
import { parse, TomlError } from "smol-toml";
import { CONFIG_LIMITS } from "./config-limits.ts";
import { ConfigDocument } from "./config-document.ts";
import { type ConfigNode, listNode, mapNode, type ScalarNode, scalarNode } from "./config-node.ts";
import type { Parsed } from "./read-yaml.ts";
import type { SourceFile } from "./source-file.ts";

/** As from any language, but the tree's places are found when `preparePlaces` is called. */
export interface ParsedToml extends Parsed {
  preparePlaces: () => Promise<void>;
}

/** Parses TOML. The parser stops at the first syntax error. Importing this module loads the parser. */
export function readToml(source: SourceFile): ParsedToml {
  const refuse = (message: string, place: { line?: number; column?: number } = {}): ParsedToml => ({
    root: undefined,
    problems: [{ file: source.file, ...place, path: "", message }],
    preparePlaces: () => Promise.resolve(),
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
  if (builder.problem !== undefined) return refuse(builder.problem);
  return { root, problems: [], preparePlaces: placeLater(root, source) };
}

/**
 * The document that the parser made `value` of, for who has parsed already and within bounds of its own. What is nested deeper
 * than a configuration may be is left out.
 */
export function tomlDocument(source: SourceFile, value: unknown): ConfigDocument {
  const root = new TreeBuilder(source).build(value, 0);
  return new ConfigDocument({ files: [source.file], root, problems: [], preparePlaces: placeLater(root, source) });
}

/** A second, slower parse, by a parser that is loaded for it: once, and only when there is something to point at. */
function placeLater(root: ConfigNode, source: SourceFile): () => Promise<void> {
  let placed: Promise<void> | undefined;
  const place = async (): Promise<void> => {
    const { placeToml } = await import("./place-toml.ts");
    placeToml(root, source.text);
  };
  return () => (placed ??= place());
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
