import type { Binding } from "./binding.ts";
import type { GraphNode } from "./catalogue.ts";
import { type Link, links, linkText, pathBack, wayOf } from "./chains.ts";
import { leftOut } from "./explainer.ts";
import { nameOf } from "./graph-plugin.ts";
import type { GraphFix, GraphProblem } from "./graph-problem.ts";
import { type Clash, clashesIn } from "./clashes.ts";

/**
 * Why the last of `roots`, which could run alone, cannot beside those before it.
 *
 * @param binding of all of them, conflicts or not.
 */
export function explainConflict(roots: readonly GraphNode[], binding: Binding): GraphProblem {
  const own = roots.at(-1)!;
  const { name } = own.plugin;
  const { node, other, range } = clashOf(binding, own);
  const [left, right] = [wayTo(node, binding, roots), wayTo(other, binding, roots)];
  const rival = [left[0]!.name, right[0]!.name].find((root) => root !== name);
  return {
    kind: "conflict",
    code: "DEPENDENCY_CONFLICT",
    plugin: name,
    message: `${leftOut(name)} ${nameOf(node.plugin)} cannot run beside ${other.plugin.name} ${range}, and both are asked for: ${links(left)} and ${links(right)}`,
    chains: [left.map(linkText), right.map(linkText)],
    fix: rival === undefined ? otherVersion(node, other) : otherChoice(rival, name),
  };
}

function otherVersion({ plugin }: GraphNode, other: GraphNode): GraphFix {
  const text = `Install a version of "${plugin.name}" that can run beside ${nameOf(other.plugin)}`;
  return { do: "install", plugin: plugin.name, range: "*", text };
}

function otherChoice(rival: string, name: string): GraphFix {
  return { do: "disable", plugin: rival, text: `Disable "${rival}" if you would rather have "${name}"` };
}

/** A clash that `own` has to do with, rather than one that was there before it. */
function clashOf(binding: Binding, own: GraphNode): Clash {
  const below = new Set([own]);
  for (const node of below) for (const provider of binding.get(node)!.values()) below.add(provider);
  const clashes = [...clashesIn(binding)];
  return clashes.find(({ node, other }) => below.has(node) || below.has(other)) ?? clashes[0]!;
}

/** How `node` comes to run: from the last of `roots` if it leads there, else from the nearest. */
function wayTo(node: GraphNode, binding: Binding, roots: readonly GraphNode[]): Link[] {
  return wayFrom(roots.slice(-1), node, binding) ?? wayFrom(roots, node, binding) ?? wayOf([node]);
}

function wayFrom(roots: readonly GraphNode[], node: GraphNode, binding: Binding): Link[] | undefined {
  const before = new Map<GraphNode, GraphNode | undefined>(roots.map((root) => [root, undefined]));
  // A map that grows while it is read.
  for (const [at] of before) {
    if (at === node) return wayOf(pathBack(at, before));
    for (const provider of binding.get(at)!.values()) if (!before.has(provider)) before.set(provider, at);
  }
  return undefined;
}
