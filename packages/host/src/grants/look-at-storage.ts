import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Clock, JsonObject } from "@berth/base";
import { isHostError } from "@berth/contract";
import {
  type GrantRecords,
  type KeptGenerations,
  openStorage,
  type PermissionUsage,
  type PluginSwitchRecords,
  type Storage,
} from "@berth/storage";

/** What is kept about plugins and what they may, to be read. */
export interface LookedAtStorage extends Disposable {
  readonly grants: Pick<GrantRecords, "load" | "list">;
  readonly usage: Pick<PermissionUsage, "list">;
  readonly switches: Pick<PluginSwitchRecords, "load">;
  readonly generations: Pick<KeptGenerations, "list">;
}

/** The host's database in its data folder. */
export function databaseFile(dataFolder: string): string {
  return join(dataFolder, "berth.sqlite");
}

/**
 * Opens the host's database for reading alone, also while a host is running. Where there is none yet, or one of an older Berth that
 * kept nothing of this, it is empty.
 */
export function lookAtStorage(dataFolder: string, clock: Clock): LookedAtStorage {
  const path = databaseFile(dataFolder);
  const storage = existsSync(path) ? openIfCurrent(path, clock) : undefined;
  return {
    grants: storage?.grants ?? { load: () => undefined, list: () => [] },
    usage: storage?.usage ?? { list: () => [] },
    switches: storage?.switches ?? { load: () => undefined },
    generations: storage?.generations ?? { list: () => [] },
    [Symbol.dispose]: () => storage?.[Symbol.dispose](),
  };
}

function openIfCurrent(path: string, clock: Clock): Storage | undefined {
  try {
    return openStorage({ path, clock, readOnly: true });
  } catch (error) {
    if (isHostError(error) && isOfOlderBerth(error.details as JsonObject | undefined)) return undefined;
    throw error;
  }
}

function isOfOlderBerth(details: JsonObject | undefined): boolean {
  const { version, supported } = details ?? {};
  return typeof version === "number" && typeof supported === "number" && version < supported;
}
