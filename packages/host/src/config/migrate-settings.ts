import { type Clock, type JsonObject, runWithin } from "@berth/base";
import { type ConfigVersions, HostError } from "@berth/contract";
import { type ManagedPlugin, openGeneration } from "@berth/kernel/lifecycle";
import { HOST_VERSION } from "../version.ts";

/** A migration turns a few values into others. */
const MIGRATION_LIMIT_MS = 30_000;

/** One migration to be run. */
export interface SettingsToMigrate extends ConfigVersions {
  plugin: ManagedPlugin;
  settings: JsonObject;
  clock: Clock;
}

/**
 * Has a plugin turn its settings into those of another version. Its code is loaded beside whatever runs, in its own tier and with its own
 * grant, and none of its hooks run; it is gone again afterwards.
 *
 * @throws HostError `MIGRATION_FAILED` when it has no way there, a step fails, or it takes too long.
 */
export async function migrateSettings(
  { plugin, settings, from, to, clock }: SettingsToMigrate,
  signal: AbortSignal,
): Promise<JsonObject> {
  // Those it has are not what its code expects, and none are needed.
  const code = { ...plugin.code, settings: async () => ({}) };
  const opened = { code, number: 1, serves: false, clock, hostVersion: HOST_VERSION };
  const generation = await openGeneration(opened, signal);
  try {
    const onTimeout = (): Error =>
      new HostError(
        "MIGRATION_FAILED",
        `Cannot migrate the settings of plugin "${plugin.name}": it took longer than ${MIGRATION_LIMIT_MS / 1_000} s`,
      );
    return await runWithin({ clock, limitMs: MIGRATION_LIMIT_MS, signal, onTimeout }, (within) =>
      generation.channel.migrateConfig(settings, { from, to }, within),
    );
  } finally {
    await generation.drop();
  }
}
