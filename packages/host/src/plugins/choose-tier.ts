import { HostError, type Manifest, type Tier } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";
import type { Trust } from "@berth/kernel/discovery";
import { unenforceable } from "@berth/kernel/permissions";

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

/**
 * @throws HostError `TIER_UNAVAILABLE` when no runner is there for `tier`, or when the tier cannot hold a limit or permission of
 * the manifest and the operator did not accept that by name.
 */
export function assertTierFits(
  manifest: Manifest,
  tier: Tier,
  available: readonly Tier[],
  settings: PluginSettings | undefined,
): void {
  const { name } = manifest.plugin;
  if (!available.includes(tier)) {
    throw new HostError(
      "TIER_UNAVAILABLE",
      `Cannot run plugin "${name}" in tier ${tier}: this host has ${available.join(", ")}. If you trust its code with everything ` +
        `this process may do, set plugins.${name}.isolation to inline and plugins.${name}.grant to asked in berth.yaml`,
      { details: { plugin: name, tier, available: [...available] } },
    );
  }
  const accepted = settings?.accept_unenforced ?? [];
  const open = unenforceable(manifest, tier).filter((entry) => !accepted.includes(entry));
  if (open.length === 0) return;
  throw new HostError(
    "TIER_UNAVAILABLE",
    `Cannot run plugin "${name}" in tier ${tier}: it cannot enforce ${open.join(", ")}. Choose another tier, or accept that by ` +
      `setting plugins.${name}.accept_unenforced to [${open.join(", ")}] in berth.yaml`,
    { details: { plugin: name, tier, unenforceable: open } },
  );
}
