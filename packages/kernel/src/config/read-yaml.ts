import { neutraliseLine } from "@berth/base";
import type { Problem } from "@berth/contract";
import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  Parser,
  type Scalar,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import { CONFIG_LIMITS } from "./config-limits.ts";
import { type ConfigNode, listNode, mapNode, type Origin, type ScalarNode, scalarNode } from "./config-node.ts";
import type { SourceFile } from "./source-file.ts";

/** What came of parsing: the tree, and everything the file's syntax has wrong. The tree is absent if there are problems. */
export interface Parsed {
  root: ConfigNode | undefined;
  problems: Problem[];
}

type Refuse = (offset: number, message: string) => void;

/**
 * Parses YAML 1.2 (core schema): no tags but the plain ones, bounded aliases and depth, no key twice, merge keys (`<<`).
 * An empty file is an empty map. Importing this module loads the parser.
 */
export function readYaml(source: SourceFile): Parsed {
  const problems: Problem[] = [];
  const refuse: Refuse = (offset, message) => {
    if (problems.length === CONFIG_LIMITS.syntaxProblems) return;
    const { line, column } = source.place(offset);
    problems.push({ file: source.file, line, column, path: "", message: neutraliseLine(message, 300) });
  };
  const tokens = [...new Parser().parse(source.text)];
  // Before composing: the composer recurses, and a stack that overflows says nothing about where.
  if (!isShallow(tokens, refuse)) return { root: undefined, problems };
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    prettyErrors: false,
    stringKeys: true,
    resolveKnownTags: false,
    // Its check compares every key with every other one; the tree is built with a map instead.
    uniqueKeys: false,
  });
  const documents = [...composer.compose(tokens, true, source.text.length)];
  reportSyntax(documents, source.text, refuse);
  if (problems.length > 0) return { root: undefined, problems };
  const root = new TreeBuilder(source, refuse).build(documents[0]!.contents);
  return { root: problems.length > 0 ? undefined : root, problems };
}

function reportSyntax(documents: Document.Parsed[], text: string, refuse: Refuse): void {
  const found: YAMLError[] = documents.flatMap((document) => [...document.errors, ...document.warnings]);
  const seen = new Set<number>();
  let hasLostItsWay = false;
  for (const error of found) {
    const [offset] = error.pos;
    // The parser that lost its way finds every token after that unexpected, too; only the first tells something.
    const isConsequence = error.code === "UNEXPECTED_TOKEN" && hasLostItsWay;
    hasLostItsWay ||= error.code === "UNEXPECTED_TOKEN";
    if (isConsequence || seen.has(offset)) continue;
    seen.add(offset);
    refuse(offset, wordingOf(error, text));
  }
  const second = documents[1];
  if (second) refuse(second.range[0], "a second document begins here; a configuration file holds one");
}

function wordingOf(error: YAMLError, text: string): string {
  if (error.code === "TAG_RESOLVE_FAILED") return `not allowed: ${error.message.replace("Unresolved tag:", "the tag")}`;
  if (error.code === "NON_STRING_KEY") return "a key must be text, not a list or a map";
  const [offset] = error.pos;
  if (error.code === "UNEXPECTED_TOKEN" && text.slice(offset - 1, offset + 1) === "${") {
    return 'not valid YAML: inside { } and [ ] a reference must be quoted: "${NAME}"';
  }
  return `not valid YAML: ${error.message}`;
}

/** Walks the tokens without recursion. */
function isShallow(tokens: readonly CST.Token[], refuse: Refuse): boolean {
  const open: { token: CST.Token; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next; next = open.pop()) {
    const { token, depth } = next;
    if (depth > CONFIG_LIMITS.depth) {
      refuse(token.offset, `nested more than ${CONFIG_LIMITS.depth} deep`);
      return false;
    }
    if ("items" in token) {
      for (const { key, value } of token.items as { key?: CST.Token | null; value?: CST.Token }[]) {
        if (key) open.push({ token: key, depth: depth + 1 });
        if (value) open.push({ token: value, depth: depth + 1 });
      }
    } else if (token.type === "document" && token.value) open.push({ token: token.value, depth });
  }
  return true;
}

/** Makes config nodes of the parser's nodes. Aliases share the node they stand for. */
class TreeBuilder {
  readonly #source: SourceFile;
  readonly #refuse: Refuse;
  readonly #anchors = new Map<string, ConfigNode>();
  #aliases = 0;

  constructor(source: SourceFile, refuse: Refuse) {
    this.#source = source;
    this.#refuse = refuse;
  }

  build(contents: ParsedNode | null): ConfigNode {
    if (contents === null || isNothing(contents)) return mapNode(new Map(), { source: this.#source, value: 0 });
    const root = this.#node(contents, undefined);
    if (root.size > CONFIG_LIMITS.values) {
      this.#refuse(0, `holds more than ${CONFIG_LIMITS.values} values, aliases counted at every use`);
    }
    // The tokens were shallow; aliases inside aliases can still add up.
    if (root.height > CONFIG_LIMITS.depth)
      this.#refuse(0, `nested more than ${CONFIG_LIMITS.depth} deep by its aliases`);
    return root;
  }

  #node(node: ParsedNode | null, key: number | undefined): ConfigNode {
    const value = node?.range[0] ?? key ?? 0;
    const origin = { source: this.#source, value, ...(key === undefined ? {} : { key }) };
    if (isAlias(node)) return this.#alias(node, origin);
    const built = this.#build(node, origin);
    if (node?.anchor) this.#anchors.set(node.anchor, built);
    return built;
  }

  #build(node: Exclude<ParsedNode, Alias.Parsed> | null, origin: Origin): ConfigNode {
    if (isMap(node)) return mapNode(this.#entries(node), origin);
    if (isSeq(node))
      return listNode(
        node.items.map((item) => this.#node(item, undefined)),
        origin,
      );
    return scalarNode(node === null ? null : this.#scalar(node), origin);
  }

  #entries(map: YAMLMap.Parsed): Map<string, ConfigNode> {
    const entries = new Map<string, ConfigNode>();
    const merged: ConfigNode[] = [];
    for (const pair of map.items) {
      const at = pair.key.range[0];
      const child = this.#node(pair.value, at);
      if (isMergeKey(pair)) merged.push(...this.#mergeable(child, at));
      else this.#add(entries, keyText(pair), child, at);
    }
    for (const from of merged) {
      if (from.kind !== "map") continue;
      for (const [key, child] of from.entries) if (!entries.has(key)) entries.set(key, child);
    }
    return entries;
  }

  #add(entries: Map<string, ConfigNode>, key: string, child: ConfigNode, at: number): void {
    const earlier = entries.get(key);
    if (key === "__proto__") this.#refuse(at, "the key `__proto__` is not allowed");
    else if (earlier) this.#refuse(at, `the key \`${key}\` is given twice, first in line ${this.#lineOf(earlier)}`);
    else entries.set(key, child);
  }

  #lineOf(node: ConfigNode): number {
    return this.#source.place(node.origin.key ?? 0).line;
  }

  #mergeable(child: ConfigNode, at: number): readonly ConfigNode[] {
    const parts = child.kind === "list" ? child.items : [child];
    if (parts.every((part) => part.kind === "map")) return parts;
    this.#refuse(at, "`<<` merges a map or a list of maps, such as `<<: *defaults`");
    return [];
  }

  #alias(alias: Alias.Parsed, origin: Origin): ConfigNode {
    this.#aliases += 1;
    if (this.#aliases === CONFIG_LIMITS.aliases + 1) {
      this.#refuse(alias.range[0], `holds more than ${CONFIG_LIMITS.aliases} aliases`);
    }
    const target = this.#anchors.get(alias.source);
    if (target === undefined) {
      this.#refuse(alias.range[0], `the alias *${alias.source} has no finished &${alias.source} before it`);
      return scalarNode(null, origin);
    }
    // Its own place: a problem in a shared part is shown where the part is written, one of the whole where it is used.
    return { ...target, origin };
  }

  #scalar({ value, source, range }: Scalar.Parsed): ScalarNode["value"] {
    if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
      this.#refuse(range[0], `the number ${source} is too large to be kept exactly; in quotes it is kept as text`);
    }
    const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    // The core schema makes nothing else; were it to, the text as written is the honest value.
    return isPlain || value === null ? value : source;
  }
}

const isNothing = (node: ParsedNode): boolean => isScalar(node) && node.value === null;

const keyText = (pair: Pair<ParsedNode, ParsedNode | null>): string =>
  isScalar(pair.key) ? String(pair.key.value) : pair.key.toString();

const isMergeKey = (pair: Pair<ParsedNode, ParsedNode | null>): boolean =>
  isScalar(pair.key) && pair.key.value === "<<" && pair.key.type === "PLAIN";
