import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import type { StartOptions } from "./start-plugins.ts";

/**
 * Whether everything that a plugin cannot do without is available: found, switched on, not failed, and so on for what that needs.
 *
 * @throws HostError `PLUGIN_NOT_FOUND` for a plugin that is not there itself.
 */
export function checkDependencies(name: string, options: Omit<StartOptions, "log">): boolean {
  const { directory, graph } = options;
  const leftOut = directory.troubles.some(
    ({ plugin, error }) => plugin === name && error.code.startsWith("DEPENDENCY_") && !directory.has(name),
  );
  if (leftOut) return false;
  const seen = new Set([directory.get(name).name]);
  for (const id of seen) {
    const { requires, services } = graph.edgesOf(id);
    for (const provider of [...requires, ...services.values()]) {
      if (!isAvailable(directory.get(provider), options)) return false;
      seen.add(provider);
    }
  }
  return true;
}

function isAvailable(plugin: ManagedPlugin, { switches }: Pick<StartOptions, "switches">): boolean {
  return plugin.state !== "failed" && switches.isOn(plugin.manifest.plugin.name);
}
