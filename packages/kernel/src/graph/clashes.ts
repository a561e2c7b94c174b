import type { Binding } from "./binding.ts";
import type { GraphNode } from "./catalogue.ts";

/** Two that run by a binding, of which `node` says it cannot run beside `other`. */
export interface Clash {
  node: GraphNode;
  other: GraphNode;
  range: string;
}

/** Those that run and should not together, by the order of what is wanted. */
export function* clashesIn(binding: Binding): Iterable<Clash> {
  for (const node of binding.keys()) {
    for (const { range, fitting } of node.conflicts) {
      for (const other of fitting) if (binding.has(other)) yield { node, other, range };
    }
  }
}

export function firstClash(binding: Binding): Clash | undefined {
  for (const clash of clashesIn(binding)) return clash;
  return undefined;
}
