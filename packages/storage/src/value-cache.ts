import type { JsonValue } from "@berth/base";
import { HostError, type LogEntry } from "@berth/contract";
import type { Database } from "./database.ts";
import { parseJson, toJson } from "./stored-json.ts";

/** The last good value of something, and since when. How old is too old is for the caller to say. */
export interface CachedValue {
  value: JsonValue;
  /** Milliseconds since 1970. */
  storedAt: number;
}

/** Ten times the largest signage content; more is a mistake or an attack. */
export const MAX_CACHED_BYTES = 10 * 1024 * 1024;

const PUT = `INSERT INTO cached_values (key, value, stored_at) VALUES (?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value, stored_at = excluded.stored_at`;
const GET = "SELECT value, stored_at FROM cached_values WHERE key = ?";
const DELETE = "DELETE FROM cached_values WHERE key = ?";
const PRUNE = "DELETE FROM cached_values WHERE stored_at < ?";

interface ValueCacheOptions {
  maxValueBytes?: number | undefined;
  log?: ((entry: LogEntry) => void) | undefined;
}

/** Last good values by key. A damaged one is logged and counts as absent: a cache may forget. */
export class ValueCache {
  readonly #database: Database;
  readonly #maxValueBytes: number;
  readonly #log: ((entry: LogEntry) => void) | undefined;

  constructor(database: Database, { maxValueBytes = MAX_CACHED_BYTES, log }: ValueCacheOptions = {}) {
    this.#database = database;
    this.#maxValueBytes = maxValueBytes;
    this.#log = log;
  }

  /** Rejects with `LIMIT_EXCEEDED` when the JSON text is larger than allowed; the earlier value then stays. */
  async put(key: string, value: JsonValue, storedAt: number): Promise<void> {
    const text = toJson(`the value of "${key}"`, value);
    const bytes = Buffer.byteLength(text);
    if (bytes > this.#maxValueBytes) throw tooLarge(key, bytes, this.#maxValueBytes);
    await this.#database.write("cache a value", (run) => run(PUT, key, text, Math.round(storedAt)));
  }

  get(key: string): CachedValue | undefined {
    const row = this.#database.get("read a cached value", GET, key);
    if (!row) return undefined;
    const value = parseJson(row["value"]);
    if (value !== undefined) return { value, storedAt: row["stored_at"] as number };
    this.#log?.({ level: "error", message: `Ignored the cached value of "${key}": it is damaged` });
    return undefined;
  }

  /** Answers whether there was one. */
  delete(key: string): Promise<boolean> {
    return this.#database.write("delete a cached value", (run) => run(DELETE, key) > 0);
  }

  /** Forgets what was stored earlier than `before`. Answers how many. */
  prune(before: number): Promise<number> {
    return this.#database.write("prune cached values", (run) => run(PRUNE, Math.round(before)));
  }
}

function tooLarge(key: string, bytes: number, allowed: number): HostError {
  const message = `Cannot cache the value of "${key}": it has ${bytes} bytes as JSON, allowed are ${allowed}`;
  return new HostError("LIMIT_EXCEEDED", message, { details: { key, bytes, allowed } });
}
