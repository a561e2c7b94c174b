import type { JsonValue } from "@berth/base";
import { HostError } from "@berth/contract";
import type { Database } from "./database.ts";
import { parseJson, toJson } from "./stored-json.ts";

/** How much of its store a plugin uses. */
export interface StoreUsage {
  /** Keys and values, UTF-8. */
  bytes: number;
  entries: number;
}

const MAX_KEY_LENGTH = 512;
// Each entry costs the file some 50 bytes beside its key and value, so bytes alone would not bound it.
const MAX_ENTRIES = 100_000;

const GET = "SELECT value FROM store_entries WHERE plugin = ? AND key = ?";
const SET = `INSERT INTO store_entries (plugin, key, value, bytes) VALUES (?, ?, ?, ?)
  ON CONFLICT (plugin, key) DO UPDATE SET value = excluded.value, bytes = excluded.bytes`;
const DELETE = "DELETE FROM store_entries WHERE plugin = ? AND key = ?";
const CLEAR = "DELETE FROM store_entries WHERE plugin = ?";
// A prefix is a range of the index: 0xFF occurs in no UTF-8 text, so every key that goes on after the prefix sorts before it.
const KEYS = `SELECT key FROM store_entries
  WHERE plugin = ?1 AND key >= ?2 AND key < ?2 || CAST(x'FF' AS TEXT) ORDER BY key`;
const USAGE = "SELECT bytes, entries FROM store_usage WHERE plugin = ?";

/**
 * What one plugin keeps, by key. A damaged value is `STORAGE_FAILED` for whoever gets it, and for nobody else: unlike a cached
 * value it cannot be fetched again, so it must not seem to have never been there.
 */
export class PluginStore {
  readonly #database: Database;
  readonly #plugin: string;
  readonly #quotaBytes: number;

  constructor(database: Database, plugin: string, quotaBytes: number) {
    this.#database = database;
    this.#plugin = plugin;
    this.#quotaBytes = quotaBytes;
  }

  get(key: string): JsonValue | undefined {
    checkKey(key);
    const row = this.#database.get("read a stored value", GET, this.#plugin, key);
    if (!row) return undefined;
    const value = parseJson(row["value"]);
    if (value === undefined) throw this.#damaged(key);
    return value;
  }

  /** Rejects with `LIMIT_EXCEEDED` past the quota, 100,000 entries or 512 characters of key; the earlier value then stays. */
  async set(key: string, value: JsonValue): Promise<void> {
    checkKey(key);
    const text = toJson(`the value of "${key}"`, value);
    const bytes = Buffer.byteLength(key) + Buffer.byteLength(text);
    await this.#database.write("store a value", (run) => {
      const before = this.usage();
      run(SET, this.#plugin, key, text, bytes);
      this.#refuseGrowth(key, before, this.usage());
    });
  }

  /** Answers whether there was one. */
  async delete(key: string): Promise<boolean> {
    checkKey(key);
    return await this.#database.write("delete a stored value", (run) => run(DELETE, this.#plugin, key) > 0);
  }

  /** The keys that begin with `prefix`, in order of their code points. */
  keys(prefix = ""): string[] {
    if (!prefix.isWellFormed()) return [];
    const rows = this.#database.all("list stored keys", KEYS, this.#plugin, prefix);
    return rows.map((row) => row["key"] as string);
  }

  usage(): StoreUsage {
    const row = this.#database.get("read the size of a store", USAGE, this.#plugin);
    return { bytes: Number(row?.["bytes"] ?? 0), entries: Number(row?.["entries"] ?? 0) };
  }

  /** Removes everything, as when the plugin is uninstalled. */
  async clear(): Promise<void> {
    await this.#database.write("clear a store", (run) => run(CLEAR, this.#plugin));
  }

  /**
   * Asked after the change and inside its transaction, so that two processes cannot pass the quota together. A store that is
   * over it, since the quota was lowered, may still shrink.
   */
  #refuseGrowth(key: string, before: StoreUsage, after: StoreUsage): void {
    if (after.bytes > this.#quotaBytes && after.bytes > before.bytes) {
      throw this.#quotaExceeded(key, "bytes", before.bytes, after.bytes, this.#quotaBytes);
    }
    if (after.entries > MAX_ENTRIES && after.entries > before.entries) {
      throw this.#quotaExceeded(key, "entries", before.entries, after.entries, MAX_ENTRIES);
    }
  }

  #quotaExceeded(key: string, unit: string, used: number, needed: number, allowed: number): HostError {
    const message = `Cannot store "${key}" for plugin "${this.#plugin}": its store uses ${used} of ${allowed} ${unit} and would need ${needed}`;
    return new HostError("LIMIT_EXCEEDED", message, { details: { plugin: this.#plugin, unit, used, needed, allowed } });
  }

  #damaged(key: string): HostError {
    const message = `Cannot read "${key}" of plugin "${this.#plugin}": the stored value is damaged; set or delete it`;
    return new HostError("STORAGE_FAILED", message, { details: { plugin: this.#plugin, key } });
  }
}

function checkKey(key: string): void {
  if (key.length < 1 || key.length > MAX_KEY_LENGTH) {
    const message = `Cannot use a key of ${key.length} characters: allowed are 1 to ${MAX_KEY_LENGTH}`;
    throw new HostError("LIMIT_EXCEEDED", message, { details: { used: key.length, allowed: MAX_KEY_LENGTH } });
  }
  // UTF-8 has no lone surrogates: two such keys would become one.
  if (!key.isWellFormed()) {
    throw new HostError("CONTRACT_BROKEN", "Cannot use this key: it holds half of a surrogate pair");
  }
}
