import type { Tier } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";
import type { DiscoveredPlugin } from "@berth/kernel/discovery";
import type { PluginCode, PreparedRun } from "@berth/kernel/lifecycle";
import type { Runner } from "@berth/kernel/runner";
import { assertEnforced, assertTierFits, chooseTier } from "./choose-tier.ts";
import { limitsOf } from "./limits-of.ts";
import { type PluginTrust, trustOf } from "./plugin-trust.ts";

/** What {@link makeCode} needs of the host. */
export interface MakeCodeOptions {
  config: HostConfig;
  runners: ReadonlyMap<Tier, Runner>;
  /** Gets ready what one plugin runs with. */
  prepare(plugin: DiscoveredPlugin): Promise<PreparedRun>;
  signal: AbortSignal | undefined;
}

/** A version of a plugin that may be loaded, and how far it is trusted. */
export interface MadeCode {
  code: PluginCode;
  trust: PluginTrust;
}

/**
 * Decides how a version of a plugin is run: its trust, its tier, what holds its limits. No code is loaded.
 *
 * @throws HostError for one that cannot be run here as it is to be.
 */
export async function makeCode(plugin: DiscoveredPlugin, options: MakeCodeOptions): Promise<MadeCode> {
  const { config, runners, prepare, signal } = options;
  const { manifest } = plugin;
  const settings = config.plugins[plugin.name];
  const demands = { ...manifest, limits: limitsOf(manifest, config) };
  const trust = await trustOf(plugin, config, signal);
  const tier = chooseTier(demands, trust, settings);
  assertTierFits(demands, tier, [...runners.keys()], settings);
  const runner = runners.get(tier)!;
  return {
    trust,
    code: {
      manifest,
      folder: plugin.folder,
      runner,
      prepare: async (within) => {
        assertEnforced(demands, await runner.report(within), settings);
        return prepare(plugin);
      },
    },
  };
}
