import type { JsonValue } from "@berth/base";
import type { ConfigPath } from "./config-path.ts";
import type { SourceFile } from "./source-file.ts";

/** Where a node was written. Offsets of TOML are filled in when the first problem has to be placed. */
export interface Origin {
  source: SourceFile;
  key?: number;
  value?: number;
}

interface NodeBase {
  readonly origin: Origin;
  /** Itself and everything below, an aliased part counted at every use. */
  readonly size: number;
  /** Maps and lists inside one another, this one included; 0 for a scalar. */
  readonly height: number;
}

export interface MapNode extends NodeBase {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, ConfigNode>;
}

export interface ListNode extends NodeBase {
  readonly kind: "list";
  readonly items: readonly ConfigNode[];
}

export interface ScalarNode extends NodeBase {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
}

/**
 * A value that knows where it was written. Nodes are immutable and may be shared: an overlay, an expansion or an alias makes
 * a new tree from parts of old ones, and every part still points at its own line.
 */
export type ConfigNode = MapNode | ListNode | ScalarNode;

export const mapNode = (entries: ReadonlyMap<string, ConfigNode>, origin: Origin): MapNode => ({
  kind: "map",
  entries,
  origin,
  ...extentOf(entries.values()),
});

export const listNode = (items: readonly ConfigNode[], origin: Origin): ListNode => ({
  kind: "list",
  items,
  origin,
  ...extentOf(items),
});

export const scalarNode = (value: ScalarNode["value"], origin: Origin): ScalarNode => ({
  kind: "scalar",
  value,
  origin,
  size: 1,
  height: 0,
});

function extentOf(nodes: Iterable<ConfigNode>): { size: number; height: number } {
  let size = 1;
  let height = 0;
  for (const node of nodes) {
    size += node.size;
    height = Math.max(height, node.height);
  }
  return { size, height: height + 1 };
}

/** Plain data; maps have no prototype, so that no key of a file means anything special. */
export function toValue(node: ConfigNode): JsonValue {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(toValue);
  const map = Object.create(null) as { [key: string]: JsonValue };
  for (const [key, child] of node.entries) map[key] = toValue(child);
  return map;
}

/** The node at `path`, or the deepest one on the way to it, and how many steps were found. */
export function nodeAt(root: ConfigNode, path: ConfigPath): { node: ConfigNode; found: number } {
  let node = root;
  for (const [depth, step] of path.entries()) {
    const next = childOf(node, step);
    if (next === undefined) return { node, found: depth };
    node = next;
  }
  return { node, found: path.length };
}

function childOf(node: ConfigNode, step: string | number): ConfigNode | undefined {
  if (node.kind === "map") return node.entries.get(String(step));
  return node.kind === "list" ? node.items[Number(step)] : undefined;
}
