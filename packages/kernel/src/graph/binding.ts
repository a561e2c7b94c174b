import type { GraphNode, Need } from "./catalogue.ts";
import { cyclesIn } from "./cycles-in.ts";

/** Who runs, and to whom each need of theirs is bound. */
export type Binding = ReadonlyMap<GraphNode, ReadonlyMap<Need, GraphNode>>;

/**
 * Binds every need below `roots` to the best that fits and can run. Should some form a circle although there is a way without, each
 * member is bound to the best of those with a lower rank than its own, of which there always is one for each need. Whoever is bound so
 * is in no circle of such, so every round has new members, and few rounds are needed.
 */
export function bind(roots: Iterable<GraphNode>, ranks: Int32Array): Binding {
  const descending = new Set<GraphNode>();
  for (;;) {
    const binding = bindOnce(roots, (node, need) => {
      const below = descending.has(node) ? ranks[node.index]! : Infinity;
      return need.fitting.find(({ index }) => ranks[index]! >= 0 && ranks[index]! < below)!;
    });
    const circles = cyclesIn(binding);
    if (circles.length === 0) return binding;
    for (const node of circles.flat()) descending.add(node);
  }
}

function bindOnce(roots: Iterable<GraphNode>, choose: (node: GraphNode, need: Need) => GraphNode): Binding {
  const binding = new Map<GraphNode, Map<Need, GraphNode>>();
  // A set that grows while it is read.
  const reached = new Set(roots);
  for (const node of reached) {
    const bound = new Map(node.needs.map((need) => [need, choose(node, need)]));
    binding.set(node, bound);
    for (const provider of bound.values()) reached.add(provider);
  }
  return binding;
}
