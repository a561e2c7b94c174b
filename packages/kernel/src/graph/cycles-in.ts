import type { Binding } from "./binding.ts";
import type { GraphNode } from "./catalogue.ts";

/**
 * The circles of a binding: sets of nodes of which each needs, by way of others, each. By Tarjan's algorithm, without recursion: a
 * chain may be longer than the stack.
 */
export function cyclesIn(binding: Binding): GraphNode[][] {
  const circles: GraphNode[][] = [];
  const visits = new Map<GraphNode, Visit>();
  const open: GraphNode[] = [];
  const begin = (node: GraphNode): Visit => {
    const visit = { node, order: visits.size, lowest: visits.size, isOpen: true, rest: binding.get(node)!.values() };
    visits.set(node, visit);
    open.push(node);
    return visit;
  };
  for (const root of binding.keys()) {
    if (visits.has(root)) continue;
    const path = [begin(root)];
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const { value: provider, done } = visit.rest.next();
      const seen = provider && visits.get(provider);
      if (provider && !seen) path.push(begin(provider));
      else if (seen?.isOpen) visit.lowest = Math.min(visit.lowest, seen.order);
      if (!done) continue;
      path.pop();
      const above = path.at(-1);
      if (above) above.lowest = Math.min(above.lowest, visit.lowest);
      if (visit.lowest < visit.order) continue;
      const members = open.splice(open.lastIndexOf(visit.node));
      for (const member of members) visits.get(member)!.isOpen = false;
      if (members.length > 1 || needsItself(visit.node, binding)) circles.push(members);
    }
  }
  return circles;
}

interface Visit {
  node: GraphNode;
  /** When it was come to. */
  order: number;
  /** The first on the way that it leads back to. */
  lowest: number;
  isOpen: boolean;
  rest: Iterator<GraphNode, undefined>;
}

function needsItself(node: GraphNode, binding: Binding): boolean {
  return [...binding.get(node)!.values()].includes(node);
}
