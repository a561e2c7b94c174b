import { resolve, sep } from "node:path";
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
export function layerOf({ root, folder }: DiscoveredPlugin, roots: readonly Root[]): number {
  const at = roots.indexOf(root);
  if (at >= 0) return at;
  // One that came while the host runs was looked for by its folder alone.
  const around = roots.findIndex(({ path }) => folder.startsWith(resolve(path) + sep));
  return around >= 0 ? around : roots.length;
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
