import type { GraphNode, Need } from "./catalogue.ts";
import { cyclesIn } from "./cycles-in.ts";

/** Who runs, and to whom each need of theirs is bound. */
export type Binding = ReadonlyMap<GraphNode, ReadonlyMap<Need, GraphNode>>;

/**
 * Binds every need below `roots` to the best that fits and can run. Should those form a circle although there is a way without, the
 * needs of its lowest member are bound to the next best outside: by the rank there always is one, and no binding that was given up
 * comes again, so this ends.
 */
export function bind(roots: Iterable<GraphNode>, ranks: Int32Array): Binding {
  const givenUp = new Map<Need, Set<GraphNode>>();
  for (;;) {
    const binding = bindOnce(roots, (need) => choose(need, ranks, givenUp.get(need)));
    const circles = cyclesIn(binding);
    if (circles.length === 0) return binding;
    for (const circle of circles) {
      const lowest = circle.reduce((low, node) => (ranks[node.index]! < ranks[low.index]! ? node : low));
      for (const need of lowest.needs) giveUp(givenUp, need, circle);
    }
  }
}

function bindOnce(roots: Iterable<GraphNode>, chosen: (need: Need) => GraphNode): Binding {
  const binding = new Map<GraphNode, Map<Need, GraphNode>>();
  // A set that grows while it is read.
  const reached = new Set(roots);
  for (const node of reached) {
    const bound = new Map(node.needs.map((need) => [need, chosen(need)]));
    binding.set(node, bound);
    for (const provider of bound.values()) reached.add(provider);
  }
  return binding;
}

function choose(need: Need, ranks: Int32Array, givenUp: ReadonlySet<GraphNode> | undefined): GraphNode {
  return need.fitting.find((node) => ranks[node.index]! >= 0 && !givenUp?.has(node))!;
}

function giveUp(givenUp: Map<Need, Set<GraphNode>>, need: Need, circle: readonly GraphNode[]): void {
  const nodes = givenUp.get(need) ?? new Set();
  givenUp.set(need, nodes);
  for (const node of circle) nodes.add(node);
}
