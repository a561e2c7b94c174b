import type { GraphSolution } from "@berth/kernel/graph";
import type { HostGraphPlugin } from "./host-graph-plugin.ts";

/** Whom a plugin is bound to, by id. */
export interface Edges {
  readonly requires: readonly string[];
  readonly optional: readonly string[];
  readonly services: ReadonlyMap<string, string>;
  /** Those of them that are started before it, in order. */
  readonly before: readonly string[];
}

/** Who is bound to whom in a host, and in which order they start. Plugins that are bound to nobody and to whom nobody is are not in it. */
export interface GraphPlan {
  readonly edges: ReadonlyMap<string, Edges>;
  /** Ids, providers first. Empty where any order is right. */
  readonly order: readonly string[];
}

/** The plan where nobody asks for anybody. */
export const NO_EDGES: GraphPlan = { edges: new Map(), order: [] };

/** @param idOf what the host knows them by. */
export function planOf(
  { active }: GraphSolution<HostGraphPlugin>,
  idOf: (plugin: HostGraphPlugin) => string = ({ id }) => id,
): GraphPlan {
  const order = active.map(({ plugin }) => idOf(plugin));
  const place = new Map(order.map((id, at) => [id, at]));
  const edges = new Map<string, Edges>();
  for (const { plugin, requires, optional, services, before } of active) {
    if (before.length === 0 && optional.length === 0) continue;
    edges.set(idOf(plugin), {
      requires: requires.map(idOf),
      optional: optional.map(idOf),
      services: new Map([...services].map(([service, provider]) => [service, idOf(provider)])),
      before: before.map(idOf).toSorted((a, b) => place.get(a)! - place.get(b)!),
    });
  }
  return { edges, order };
}
