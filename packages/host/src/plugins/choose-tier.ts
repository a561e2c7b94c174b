import type { JsonObject } from "@berth/base";
import { HostError, type Limits, type Manifest, type Tier, tiersFor } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";
import { demandsOf, unenforceable } from "@berth/kernel/permissions/unenforceable";
import type { TierReport } from "@berth/kernel/runner";
import type { PluginTrust } from "./plugin-trust.ts";

/** What the operator says of one plugin in `berth.yaml`. */
export type PluginSettings = HostConfig["plugins"][string];

/** A manifest, its limits those that hold in this host. */
export type TierDemands = Pick<Manifest, "plugin" | "runtime" | "permissions"> & { limits: Limits };

/**
 * The tier a plugin runs in: the operator's word; else the manifest's, if the plugin is first-party or signed; else for
 * first-party plugins the lightest that holds their limits, for all others the sandbox for their kind of code. A manifest cannot
 * talk a stranger's code out of the sandbox.
 */
export function chooseTier(demands: TierDemands, trust: PluginTrust, settings: PluginSettings | undefined): Tier {
  if (settings?.isolation) return settings.isolation;
  const tiers = tiersFor(demands.runtime);
  const asked = demands.runtime.isolation;
  if (asked && trust !== "third-party") return asked;
  if (trust !== "first-party") return tiers.includes("process") ? "process" : tiers[0]!;
  return tiers.find((tier) => unenforceable(demands, tier).length === 0) ?? tiers[0]!;
}

/**
 * @throws HostError `TIER_UNAVAILABLE` when no runner is there for `tier`, when it does not run code of the plugin's type, or when
 * by its nature it cannot hold a limit or permission and the operator did not accept that by name.
 */
export function assertTierFits(
  demands: TierDemands,
  tier: Tier,
  available: readonly Tier[],
  settings: PluginSettings | undefined,
): void {
  const { type } = demands.runtime;
  if (!available.includes(tier)) {
    throw refusal(demands, tier, `this host has ${available.join(", ")}`, { available: [...available] });
  }
  const tiers = tiersFor(demands.runtime);
  if (!tiers.includes(tier)) {
    const why = `its code is of type ${type}, which runs in ${tiers.join(", ")}`;
    throw refusal(demands, tier, why, { type });
  }
  assertAccepted(demands, tier, unenforceable(demands, tier), settings);
}

/** @throws HostError `TIER_UNAVAILABLE` when this machine offers nothing that holds a limit or permission that was set. */
export function assertEnforced(demands: TierDemands, report: TierReport, settings: PluginSettings | undefined): void {
  const open = [...demandsOf(demands)].filter((demand) => !Object.hasOwn(report.enforces, demand));
  assertAccepted(demands, report.tier, open, settings);
}

function assertAccepted(
  demands: TierDemands,
  tier: Tier,
  unenforced: readonly string[],
  settings: PluginSettings | undefined,
): void {
  const accepted = settings?.accept_unenforced ?? [];
  const open = unenforced.filter((entry) => !accepted.includes(entry));
  if (open.length === 0) return;
  const names = open.join(", ");
  const choice =
    `Choose another tier, or accept that by setting plugins.${demands.plugin.name}.accept_unenforced to [${names}] ` +
    "in berth.yaml; `berth doctor` says what this machine enforces";
  throw refusal(demands, tier, `it cannot enforce ${names}. ${choice}`, { unenforceable: open });
}

function refusal({ plugin }: TierDemands, tier: Tier, why: string, details: JsonObject): HostError {
  return new HostError("TIER_UNAVAILABLE", `Cannot run plugin "${plugin.name}" in tier ${tier}: ${why}`, {
    details: { plugin: plugin.name, tier, ...details },
  });
}
