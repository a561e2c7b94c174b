import { type AST, parseTOML } from "toml-eslint-parser";
import type { ConfigNode } from "./config-node.ts";

/**
 * Writes into the origins of a tree read from TOML where its keys and values stand. A file that only the first parser
 * understands keeps its nodes without a place: this one gives up on a string of more than some 100,000 characters.
 * Importing this module loads the parser.
 */
export function placeToml(root: ConfigNode, text: string): void {
  let program: AST.TOMLProgram;
  try {
    program = parseTOML(text, { tomlVersion: "next" });
  } catch {
    return;
  }
  root.origin.value = 0;
  const [top] = program.body;
  for (const part of top.body) {
    if (part.type === "TOMLKeyValue") placeKeyValue(root, part);
    else placeTable(root, part);
  }
}

function placeTable(root: ConfigNode, table: AST.TOMLTable): void {
  let node: ConfigNode | undefined = root;
  let written = 0;
  for (const step of table.resolvedKey) {
    node = typeof step === "number" ? itemOf(node, step) : entryOf(node, step);
    // An index has no key of its own: `[[a]]` writes the list's name once more.
    if (typeof step === "string") written += 1;
    const key = table.key.keys[written - 1] ?? table.key;
    setOnce(node, typeof step === "number" ? undefined : key.range[0], key.range[0]);
  }
  for (const pair of table.body) placeKeyValue(node, pair);
}

function placeKeyValue(table: ConfigNode | undefined, pair: AST.TOMLKeyValue): void {
  let node = table;
  for (const key of pair.key.keys) {
    node = entryOf(node, key.type === "TOMLBare" ? key.name : key.value);
    setOnce(node, key.range[0], pair.value.range[0]);
  }
  placeValue(node, pair.value);
}

function placeValue(node: ConfigNode | undefined, written: AST.TOMLContentNode): void {
  if (node === undefined) return;
  node.origin.value ??= written.range[0];
  if (written.type === "TOMLArray")
    written.elements.forEach((element, index) => placeValue(itemOf(node, index), element));
  else if (written.type === "TOMLInlineTable") for (const pair of written.body) placeKeyValue(node, pair);
}

function setOnce(node: ConfigNode | undefined, key: number | undefined, value: number): void {
  if (node === undefined) return;
  if (key !== undefined) node.origin.key ??= key;
  node.origin.value ??= value;
}

const entryOf = (node: ConfigNode | undefined, key: string): ConfigNode | undefined =>
  node?.kind === "map" ? node.entries.get(key) : undefined;

const itemOf = (node: ConfigNode | undefined, index: number): ConfigNode | undefined =>
  node?.kind === "list" ? node.items[index] : undefined;
