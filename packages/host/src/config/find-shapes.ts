import { type PluginShape, pluginShape } from "@berth/kernel/config";
import { type DiscoveredPlugin, discover, type Root } from "@berth/kernel/discovery";

/** What the plugins below these roots let a configuration say: of several versions of one, the first found. Runs none of their code. */
export async function findShapes(roots: readonly Root[], signal?: AbortSignal): Promise<PluginShape[]> {
  const { plugins } = await discover({ roots, ...(signal ? { signal } : {}) });
  return shapesOf(plugins);
}

/** The same of plugins that were found already. */
export function shapesOf(plugins: readonly Pick<DiscoveredPlugin, "name" | "manifest">[]): PluginShape[] {
  const byName = new Map<string, PluginShape>();
  for (const { name, manifest } of plugins) if (!byName.has(name)) byName.set(name, pluginShape(manifest));
  return [...byName.values()];
}
