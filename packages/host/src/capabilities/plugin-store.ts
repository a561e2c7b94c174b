import type { JsonValue } from "@berth/base";

/**
 * Where one plugin's values are kept. It holds the quota (`limits.store_mb`) itself, since only it sees all instances at once;
 * past it `set` rejects with `LIMIT_EXCEEDED` and the earlier value stays.
 */
export interface PluginStore {
  get(key: string): JsonValue | undefined | Promise<JsonValue | undefined>;
  set(key: string, value: JsonValue): void | Promise<void>;
  /** Whether there was one. */
  delete(key: string): boolean | Promise<boolean>;
  keys(prefix: string): readonly string[] | Promise<readonly string[]>;
}
