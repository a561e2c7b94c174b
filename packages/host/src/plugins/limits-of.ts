import type { Limits, Manifest } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";

/** What a plugin may use at most: the operator's word for this plugin, then the manifest's, then the operator's for all. */
export function limitsOf({ plugin, limits }: Manifest, config: HostConfig): Limits {
  return { ...config.plugin_limits, ...limits, ...config.plugins[plugin.name]?.limits };
}
