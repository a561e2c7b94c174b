import type { DiscoveredPlugin, Root } from "@berth/kernel/discovery";
import { layerOf } from "./host-graph-plugin.ts";

/** The same plugins in the same order, but of several versions of one name the one that its name means comes first. */
export async function bestVersionsFirst(
  plugins: readonly DiscoveredPlugin[],
  roots: readonly Root[],
): Promise<readonly DiscoveredPlugin[]> {
  const byName = Map.groupBy(plugins, ({ name }) => name);
  if (byName.size === plugins.length) return plugins;
  const { VersionReader } = await import("@berth/kernel/graph");
  const versions = new VersionReader();
  for (const several of byName.values()) {
    several.sort((a, b) => layerOf(a, roots) - layerOf(b, roots) || versions.compare(a.version, b.version));
  }
  return plugins.map(({ name }) => byName.get(name)!.shift()!);
}
