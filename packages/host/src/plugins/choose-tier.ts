import type { JsonObject } from "@berth/base";
import { HostError, type Manifest, type Tier } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";
import type { Trust } from "@berth/kernel/discovery";
import { unenforceable } from "@berth/kernel/permissions/unenforceable";

/** What the operator says of one plugin in `berth.yaml`. */
export type PluginSettings = HostConfig["plugins"][string];

/**
 * The tier a plugin runs in: the operator's word, else the manifest's for first-party plugins (`inline` when it says none), else
 * `process`. A manifest cannot talk a stranger's code out of the sandbox.
 */
export function chooseTier(manifest: Manifest, trust: Trust, settings: PluginSettings | undefined): Tier {
  if (settings?.isolation) return settings.isolation;
  return trust === "first-party" ? (manifest.runtime.isolation ?? "inline") : "process";
}

/** Tiers that run modules of Node.js and nothing else. */
const NODE_TIERS: ReadonlySet<Tier> = new Set<Tier>(["inline", "worker"]);

/**
 * @throws HostError `TIER_UNAVAILABLE` when no runner is there for `tier`, when it does not run code of the plugin's type, or when
 * it cannot hold a limit or permission and the operator did not accept that by name.
 */
export function assertTierFits(
  manifest: Pick<Manifest, "plugin" | "runtime" | "limits" | "permissions">,
  tier: Tier,
  available: readonly Tier[],
  settings: PluginSettings | undefined,
): void {
  const { plugin, runtime } = manifest;
  const refusal = (why: string, details: JsonObject): HostError =>
    new HostError("TIER_UNAVAILABLE", `Cannot run plugin "${plugin.name}" in tier ${tier}: ${why}`, {
      details: { plugin: plugin.name, tier, ...details },
    });
  if (!available.includes(tier)) {
    const trust =
      `If you trust its code with everything this process may do, set plugins.${plugin.name}.isolation to inline ` +
      `and plugins.${plugin.name}.grant to asked in berth.yaml`;
    throw refusal(`this host has ${available.join(", ")}. ${trust}`, { available: [...available] });
  }
  if (runtime.type !== "node" && NODE_TIERS.has(tier)) {
    throw refusal(`its code is of type ${runtime.type}, which tier ${tier} does not run`, { type: runtime.type });
  }
  const accepted = settings?.accept_unenforced ?? [];
  const open = unenforceable(manifest, tier).filter((entry) => !accepted.includes(entry));
  if (open.length === 0) return;
  const names = open.join(", ");
  const choice = `Choose another tier, or accept that by setting plugins.${plugin.name}.accept_unenforced to [${names}] in berth.yaml`;
  throw refusal(`it cannot enforce ${names}. ${choice}`, { unenforceable: open });
}
