import type { Manifest } from "@berth/contract";
import type { DiscoveredPlugin, Root } from "@berth/kernel/discovery";
import type { GraphPlugin } from "@berth/kernel/graph";

/** One version of a plugin in the graph of a host. */
export interface HostGraphPlugin extends GraphPlugin {
  /** By what the host knows it: its name, or `NAME@VERSION`. */
  readonly id: string;
}

export function graphPlugin({ plugin, dependencies, provides }: Manifest, id: string, layer: number): HostGraphPlugin {
  return { id, name: plugin.name, version: plugin.version, layer, dependencies, services: provides.service ?? [] };
}

/** The first root counts before the next: what comes with Berth cannot be outbid by a stranger with a higher version. */
export function layerOf({ root }: DiscoveredPlugin, roots: readonly Root[]): number {
  return Math.max(0, roots.indexOf(root));
}

/** Whether a plugin asks for something that only the graph can tell. What it asks of Berth and Node.js is checked when it is loaded. */
export function hasNeeds({ dependencies }: Pick<Manifest, "dependencies">): boolean {
  const { requires, optional, conflicts, services, external_deps: programs } = dependencies;
  return [requires, optional, conflicts, services, programs].some((asked) => asked && Object.keys(asked).length > 0);
}

/** The names of plugins in the order in which they count: of two that exclude each other the first stays. */
export function byImportance(manifests: readonly Manifest[]): string[] {
  const isRequired = ({ plugin }: Manifest): boolean => plugin.criticality === "required";
  const [required, others] = [manifests.filter(isRequired), manifests.filter((one) => !isRequired(one))];
  return [...new Set([...required, ...others].map(({ plugin }) => plugin.name))];
}
