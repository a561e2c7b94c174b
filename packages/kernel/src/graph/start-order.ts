import type { Binding } from "./binding.ts";
import type { GraphNode, PluginNeed } from "./catalogue.ts";

/** What an optional need is bound to, of what runs anyway. */
export function bindOptional(binding: Binding): Map<GraphNode, Map<PluginNeed, GraphNode>> {
  const bound = new Map<GraphNode, Map<PluginNeed, GraphNode>>();
  for (const node of binding.keys()) {
    const used = node.optional.flatMap((need) => {
      const provider = need.fitting.find((one) => binding.has(one));
      return provider === undefined ? [] : [[need, provider] as const];
    });
    if (used.length > 0) bound.set(node, new Map(used));
  }
  return bound;
}

/**
 * Providers first, else in the order of what is wanted. Optional providers come first too where that does not make a circle: who can
 * do without another can also start before it.
 */
export function providersFirst(
  binding: Binding,
  optional: ReadonlyMap<GraphNode, ReadonlyMap<PluginNeed, GraphNode>>,
): { node: GraphNode; before: ReadonlySet<GraphNode> }[] {
  const before = new Map([...binding].map(([node, needs]) => [node, new Set(needs.values())]));
  for (const [node, needs] of optional) {
    for (const provider of needs.values()) if (!leadsTo(provider, node, before)) before.get(node)!.add(provider);
  }
  const order = new Set<GraphNode>();
  for (const root of before.keys()) {
    const path = [{ node: root, rest: before.get(root)!.values() }];
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const { value: provider, done } = step.rest.next();
      if (done) order.add(path.pop()!.node);
      else if (!order.has(provider)) path.push({ node: provider, rest: before.get(provider)!.values() });
    }
  }
  return [...order].map((node) => ({ node, before: before.get(node)! }));
}

function leadsTo(from: GraphNode, to: GraphNode, before: ReadonlyMap<GraphNode, ReadonlySet<GraphNode>>): boolean {
  const reached = new Set([from]);
  for (const node of reached) {
    if (node === to) return true;
    for (const provider of before.get(node)!) reached.add(provider);
  }
  return false;
}
