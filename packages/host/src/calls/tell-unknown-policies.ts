import { nearest } from "@berth/base";
import type { HostConfig } from "@berth/kernel/config";
import type { Log } from "../log/index.ts";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";

/** Warns of policies in `berth.yaml` for contributions that their plugin does not have: they hold for nothing. */
export function tellUnknownPolicies(
  { plugins }: Pick<HostConfig, "plugins">,
  directory: PluginDirectory,
  log: Pick<Log, "warn">,
): void {
  for (const [name, { policies = {} }] of Object.entries(plugins)) {
    if (!directory.has(name)) continue;
    const { provides } = directory.get(name);
    for (const id of Object.keys(policies)) {
      if (provides.includes(id)) continue;
      const meant = nearest(id, provides);
      const hint = meant === undefined ? `it provides ${provides.join(", ")}` : `did you mean "${meant}"?`;
      log.warn(`plugins.${name}.policies has "${id}", which the plugin does not provide; ${hint}`, { plugin: name });
    }
  }
}
