import type { JsonObject } from "@berth/base";
import { type Capabilities, isHostError } from "@berth/contract";
import type { LimitEvent } from "@berth/kernel/runner";
import { malformed, overLimit } from "./capability-errors.ts";
import type { CapabilityScope } from "./capability-scope.ts";
import { copyJson } from "./copy-json.ts";
import type { PluginStore } from "./plugin-store.ts";

const LONGEST_KEY = 512;
const MIB = 1_048_576;
const MOST_KEYS = 100_000;
/** The quota of the store is the true bound; this one keeps a single value from being walked for seconds. */
const VALUE_BOUNDS = { maxBytes: 16 * 1_048_576, maxDepth: 64 };

type StoreCapability = Pick<Capabilities, "storeGet" | "storeSet" | "storeDelete" | "storeKeys">;

/** The plugin's own key-value store. */
export function createStoreCapability(
  scope: CapabilityScope,
  store: PluginStore,
  tell: (event: LimitEvent) => void,
): StoreCapability {
  return {
    storeGet: (key) => scope.run(undefined, async () => await store.get(checkedKey(key))),
    storeSet: (key, value) =>
      scope.run(undefined, async () => {
        const copy = copyJson(value, VALUE_BOUNDS, "the value to store");
        try {
          await store.set(checkedKey(key), copy);
        } catch (error) {
          tellIfFull(error, tell);
          throw error;
        }
      }),
    storeDelete: (key) => scope.run(undefined, async () => await store.delete(checkedKey(key))),
    storeKeys: (prefix) =>
      scope.run(undefined, async () => {
        const keys = await store.keys(prefix === "" ? "" : checkedKey(prefix));
        if (keys.length > MOST_KEYS)
          throw overLimit(`Cannot list keys: there are ${keys.length}, at most ${MOST_KEYS} are`);
        return [...keys];
      }),
  };
}

/** Only the store knows how full it is; it says so in the details of its refusal. */
function tellIfFull(error: unknown, tell: (event: LimitEvent) => void): void {
  if (!isHostError(error, "LIMIT_EXCEEDED")) return;
  const { unit, allowed, needed } = (error.details ?? {}) as JsonObject;
  if (unit === "bytes")
    tell({ limit: "store_mb", allowed: Number(allowed) / MIB, used: Number(needed) / MIB, action: "refused" });
}

function checkedKey(key: unknown): string {
  if (typeof key !== "string") throw malformed(`Cannot use a key of type ${typeof key}: keys are text`);
  if (key.length < 1 || key.length > LONGEST_KEY) {
    throw overLimit(`Cannot use a key of ${key.length} characters: allowed are 1 to ${LONGEST_KEY}`);
  }
  if (!key.isWellFormed()) throw malformed("Cannot use this key: it holds half of a surrogate pair");
  return key;
}
