import type { Clock, JsonValue } from "@berth/base";
import { HostError } from "@berth/contract";
import type { Database, Row } from "./database.ts";
import { parseJson, toJson } from "./stored-json.ts";

/** What was granted to one plugin, as it was saved. */
export interface SavedGrant {
  plugin: string;
  /** `undefined` when what is stored is no JSON any more. */
  record: JsonValue | undefined;
  /** Milliseconds since 1970. */
  savedAt: number;
}

// All that a manifest can ask has some hundred kilobytes; the bound only keeps a mistake from becoming a large file.
const MOST_BYTES = 1_048_576;

const SAVE = `INSERT INTO grants (plugin, record, saved_at) VALUES (?, ?, ?)
  ON CONFLICT (plugin) DO UPDATE SET record = excluded.record, saved_at = excluded.saved_at`;
const LOAD = "SELECT * FROM grants WHERE plugin = ?";
const LIST = "SELECT * FROM grants ORDER BY plugin";
const DELETE = "DELETE FROM grants WHERE plugin = ?";

/**
 * What the operator granted by command, by plugin. What a record says is for its reader to check: a damaged one must grant nothing,
 * so it is handed out as what it is and not left out silently.
 */
export class GrantRecords {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async save(plugin: string, record: object): Promise<void> {
    const text = toJson(`the grant of "${plugin}"`, record);
    if (text.length > MOST_BYTES) {
      const message = `Cannot save the grant of "${plugin}": it has ${text.length} bytes as JSON, allowed are ${MOST_BYTES}`;
      throw new HostError("LIMIT_EXCEEDED", message);
    }
    const savedAt = Math.round(this.#clock.now());
    await this.#database.write("save a grant", (run) => run(SAVE, plugin, text, savedAt));
  }

  load(plugin: string): SavedGrant | undefined {
    const row = this.#database.get("load a grant", LOAD, plugin);
    return row && savedGrant(row);
  }

  /** All of them, in order of the plugins' names. */
  list(): SavedGrant[] {
    return this.#database.all("list grants", LIST).map(savedGrant);
  }

  /** Answers whether there was one. */
  delete(plugin: string): Promise<boolean> {
    return this.#database.write("delete a grant", (run) => run(DELETE, plugin) > 0);
  }
}

function savedGrant(row: Row): SavedGrant {
  return { plugin: row["plugin"] as string, record: parseJson(row["record"]), savedAt: row["saved_at"] as number };
}
