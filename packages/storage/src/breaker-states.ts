import type { Clock } from "@berth/base";
import { HostError, type LogEntry } from "@berth/contract";
import type { Database, Row } from "./database.ts";
import { parseJson, toJson } from "./stored-json.ts";

/** A breaker's state as it was last saved. */
export interface SavedBreaker<State extends object> {
  key: string;
  state: State;
  /** Milliseconds since 1970. */
  savedAt: number;
}

// A state is four fields; the bound only keeps a mistake from becoming a large file.
const MAX_STATE_BYTES = 64 * 1024;

const SAVE = `INSERT INTO breakers (key, state, saved_at) VALUES (?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET state = excluded.state, saved_at = excluded.saved_at`;
const LOAD = "SELECT * FROM breakers WHERE key = ?";
const LIST = "SELECT * FROM breakers ORDER BY key";
const DELETE = "DELETE FROM breakers WHERE key = ?";

/**
 * What breakers know over a restart. What a state holds is for the breaker to say and to check: the file may be of an earlier
 * version. A damaged state is logged and left out: a breaker without one begins closed and learns again.
 */
export class BreakerStates {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: ((entry: LogEntry) => void) | undefined;

  constructor(database: Database, clock: Clock, log?: (entry: LogEntry) => void) {
    this.#database = database;
    this.#clock = clock;
    this.#log = log;
  }

  async save<State extends object>(key: string, state: State): Promise<void> {
    const text = toJson(`the state of breaker "${key}"`, state);
    if (text.length > MAX_STATE_BYTES) throw tooLarge(key, text.length);
    const savedAt = Math.round(this.#clock.now());
    await this.#database.write("save a breaker", (run) => run(SAVE, key, text, savedAt));
  }

  load<State extends object>(key: string): State | undefined {
    const row = this.#database.get("load a breaker", LOAD, key);
    return row && this.#parse<State>(row)?.state;
  }

  /** All of them, in order of their keys. */
  list<State extends object>(): SavedBreaker<State>[] {
    const rows = this.#database.all("list breakers", LIST);
    return rows.map((row) => this.#parse<State>(row)).filter((saved) => saved !== undefined);
  }

  /** Answers whether there was one. */
  delete(key: string): Promise<boolean> {
    return this.#database.write("delete a breaker", (run) => run(DELETE, key) > 0);
  }

  #parse<State extends object>(row: Row): SavedBreaker<State> | undefined {
    const key = row["key"] as string;
    const state = parseJson(row["state"]);
    if (typeof state === "object" && state !== null && !Array.isArray(state)) {
      return { key, state: state as State, savedAt: row["saved_at"] as number };
    }
    this.#log?.({ level: "error", message: `Ignored the saved state of breaker "${key}": it is damaged` });
    return undefined;
  }
}

function tooLarge(key: string, bytes: number): HostError {
  const message = `Cannot save breaker "${key}": its state has ${bytes} bytes as JSON, allowed are ${MAX_STATE_BYTES}`;
  return new HostError("LIMIT_EXCEEDED", message, { details: { key, bytes, allowed: MAX_STATE_BYTES } });
}
