import type { Limits, Manifest } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";

/**
 * What a plugin may use at most: the operator's word for this plugin; else the lower of what the operator says for all and what
 * the manifest asks for. A manifest can hold its plugin to less, never allow it more.
 */
export function limitsOf({ plugin, limits }: Manifest, config: HostConfig): Limits {
  return { ...lower(config.plugin_limits, limits), ...config.plugins[plugin.name]?.limits };
}

function lower(forAll: Limits, asked: Limits): Limits {
  const both: Limits = { ...forAll, ...asked };
  for (const name of Object.keys(both) as (keyof Limits)[]) {
    both[name] = Math.min(forAll[name] ?? Infinity, asked[name] ?? Infinity);
  }
  return both;
}
