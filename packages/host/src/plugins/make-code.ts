import type { Tier } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";
import type { DiscoveredPlugin } from "@berth/kernel/discovery";
import type { PluginCode, PreparedRun } from "@berth/kernel/lifecycle";
import type { Runner } from "@berth/kernel/runner";
import { assertEnforced, assertTierFits, chooseTier } from "./choose-tier.ts";
import { limitsOf } from "./limits-of.ts";
import { assertSafe } from "../supervision/safe-mode.ts";
import { type PluginTrust, trustOf } from "./plugin-trust.ts";

/** What {@link makeCode} needs of the host. */
export interface MakeCodeOptions {
  config: HostConfig;
  runners: ReadonlyMap<Tier, Runner>;
  /** Gets ready what one plugin runs with. */
  prepare: (plugin: DiscoveredPlugin, signal: AbortSignal) => Promise<PreparedRun>;
  signal: AbortSignal | undefined;
  /** Whether only the safest are run; default false. */
  isSafe?: boolean | undefined;
}

/** A copy of a plugin's folder that it is to be run from. */
export interface CodeCopy {
  folder: string;
  digest: string;
}

/** A version of a plugin that may be loaded, and how far it is trusted. */
export interface MadeCode {
  code: PluginCode;
  trust: PluginTrust;
}

/**
 * Decides how a version of a plugin is run: its trust, its tier, what holds its limits. No code is loaded.
 *
 * @param known.copy what it is to be run from, if not from its folder.
 * @param known.trust where that is settled: a version that ran here before.
 * @throws HostError for one that cannot be run here as it is to be.
 */
export async function makeCode(
  plugin: DiscoveredPlugin,
  options: MakeCodeOptions,
  { copy, trust: known }: { copy?: CodeCopy; trust?: PluginTrust } = {},
): Promise<MadeCode> {
  const { config, runners, prepare, signal } = options;
  const { manifest } = plugin;
  const settings = config.plugins[plugin.name];
  const demands = { ...manifest, limits: limitsOf(manifest, config) };
  const trust = known ?? (await trustOf(plugin, config, { content: copy?.folder, signal }));
  const tier = chooseTier(demands, trust, settings);
  if (options.isSafe) assertSafe(plugin.name, trust, tier);
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
        return copy ? { ...(await prepare(plugin.movedTo(copy.folder), within)), ...copy } : prepare(plugin, within);
      },
      settings: async () => {
        // Checking them takes the schema library, which a plugin without settings does not wait for.
        if (manifest.config.schema === undefined && settings?.settings === undefined) return {};
        const { settingsFor } = await import("@berth/kernel/config/settings");
        return settingsFor(manifest, settings);
      },
    },
  };
}
