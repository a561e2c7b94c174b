import { errorMessage, type JsonObject, type NotPlain, plainJson } from "@berth/base";
import { type ConfigVersions, HostError } from "@berth/contract";
import type { SettingsMigration } from "../define-plugin.ts";

/** A configuration file holds no more. */
const BOUNDS = { maxBytes: 1_048_576, maxDepth: 64 };

/** A copy of settings that nobody can change: all instances of the plugin see the same. */
export function frozenSettings(settings: JsonObject = {}): Readonly<JsonObject> {
  return deepFrozen(structuredClone(settings));
}

function deepFrozen<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const part of Object.values(value)) deepFrozen(part);
  return Object.freeze(value);
}

/**
 * Takes settings from one version to another by the fewest migrations that lead there.
 *
 * @throws HostError `MIGRATION_FAILED` when none do, one throws, or one returns what cannot stand in a file.
 */
export async function migrateSettings(
  plugin: string,
  migrations: readonly SettingsMigration[],
  settings: JsonObject,
  { from, to }: ConfigVersions,
): Promise<JsonObject> {
  const fail = (why: string, cause?: unknown): HostError =>
    new HostError(
      "MIGRATION_FAILED",
      `Cannot migrate the settings of plugin "${plugin}" from version ${from} to ${to}: ${why}`,
      {
        cause,
      },
    );
  const steps = wayBetween(migrations, from, to);
  if (!steps) throw fail(`it has ${describe(migrations)}, which do not lead there`);
  let current = settings;
  for (const step of steps) {
    const words = `its migration from ${step.from} to ${step.to}`;
    let made: unknown;
    try {
      made = await step.migrate(structuredClone(current));
    } catch (error) {
      throw fail(`${words} failed: ${errorMessage(error)}`, error);
    }
    const refuse = ({ path, found }: NotPlain): HostError =>
      fail(`${words} returned what no file can hold: ${path}: ${found}`);
    const plain = plainJson(made, BOUNDS, "settings", refuse);
    if (typeof plain !== "object" || plain === null || Array.isArray(plain))
      throw fail(`${words} returned no settings`);
    current = plain;
  }
  return current;
}

const describe = (migrations: readonly SettingsMigration[]): string =>
  migrations.length === 0
    ? "no migrations"
    : `migrations ${migrations
        .slice(0, 20)
        .map(({ from, to }) => `${from} to ${to}`)
        .join(", ")}`;

/** Breadth first, so that the fewest are found; `undefined` when there is no way. */
function wayBetween(
  migrations: readonly SettingsMigration[],
  from: number,
  to: number,
): SettingsMigration[] | undefined {
  const reached = new Map<number, SettingsMigration[]>([[from, []]]);
  for (const [version, way] of reached) {
    if (version === to) return way;
    for (const step of migrations) {
      if (step.from === version && !reached.has(step.to)) reached.set(step.to, [...way, step]);
    }
  }
  return undefined;
}
