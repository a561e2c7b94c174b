import type { Clock, JsonObject } from "@berth/base";
import type { PluginState } from "@berth/contract";
import type { Database, Row, RunStatement } from "./database.ts";
import { parseJson, toJson } from "./stored-json.ts";

/** One version of a plugin that served, and can serve again: its code is kept by its digest, elsewhere. */
export interface KeptGenerationRecord {
  /** Counted up over all plugins and starts. */
  id: number;
  plugin: string;
  version: string;
  digest: string;
  /** What the plugin was configured with. */
  settings: JsonObject;
  /** When it began to serve, milliseconds since 1970. */
  since: number;
  /** Whether it is the one to be loaded. */
  isCurrent: boolean;
  /** Whether it failed, and is not to be loaded by itself again. */
  isCondemned: boolean;
  /** What it handed on when it was replaced. */
  hasState: boolean;
}

/** How many versions of a plugin are kept. */
export const MOST_KEPT = 10;

const COLUMNS =
  "id, plugin, version, digest, settings, since, is_current, is_condemned, state IS NOT NULL AS has_state";
const LIST = `SELECT ${COLUMNS} FROM kept_generations WHERE plugin = ? ORDER BY id DESC`;
const CURRENT = `SELECT ${COLUMNS} FROM kept_generations WHERE plugin = ? AND is_current = 1`;
const CONDEMNED = "SELECT 1 FROM kept_generations WHERE plugin = ? AND digest = ? AND is_condemned = 1";
const WITH_CONDEMNED = "SELECT DISTINCT plugin FROM kept_generations WHERE is_condemned = 1 ORDER BY plugin";
const DIGESTS = "SELECT DISTINCT digest FROM kept_generations";
const STATE = "SELECT state_version, state, state_is_json FROM kept_generations WHERE id = ?";
const INSERT = `INSERT INTO kept_generations (plugin, version, digest, settings, since, is_current) VALUES (?, ?, ?, ?, ?, 1)`;
const NONE_CURRENT = "UPDATE kept_generations SET is_current = 0 WHERE plugin = ?";
const MAKE_CURRENT = "UPDATE kept_generations SET is_current = 1, is_condemned = 0, since = ? WHERE id = ?";
const CONDEMN = "UPDATE kept_generations SET is_condemned = ? WHERE plugin = ? AND digest = ?";
const KEEP_STATE = "UPDATE kept_generations SET state_version = ?, state = ?, state_is_json = ? WHERE id = ?";
const PRUNE = `DELETE FROM kept_generations WHERE plugin = ?1 AND is_current = 0 AND id NOT IN
  (SELECT id FROM kept_generations WHERE plugin = ?1 ORDER BY is_current DESC, since DESC, id DESC LIMIT ${MOST_KEPT})`;

/** The last versions of each plugin that served, so that it can go back to one with its configuration and its state. */
export class KeptGenerations {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** A version begins to serve: it is the current one, and the oldest of more than {@link MOST_KEPT} is forgotten. */
  async begin({
    plugin,
    version,
    digest,
    settings,
  }: Pick<KeptGenerationRecord, "plugin" | "version" | "digest" | "settings">): Promise<void> {
    const text = toJson(`the settings of "${plugin}"`, settings);
    const now = this.#now();
    await this.#database.write("keep a generation", (run) => {
      run(NONE_CURRENT, plugin);
      run(INSERT, plugin, version, digest, text, now);
      run(PRUNE, plugin);
    });
  }

  /** A version that was kept serves again. It is given another chance, whatever was said of it. */
  async resume({ id, plugin }: Pick<KeptGenerationRecord, "id" | "plugin">): Promise<void> {
    const now = this.#now();
    await this.#database.write("resume a generation", (run) => {
      run(NONE_CURRENT, plugin);
      run(MAKE_CURRENT, now, id);
    });
  }

  /** What a version handed on when it was replaced; nothing, if it kept none. */
  async keepState({ id }: Pick<KeptGenerationRecord, "id">, state: PluginState | undefined): Promise<void> {
    await this.#database.write("keep the state of a generation", (run) => saveState(run, id, state));
  }

  /** A version is not to be loaded by itself again, or may be. */
  async condemn(plugin: string, digest: string, isCondemned = true): Promise<void> {
    await this.#database.write("condemn a generation", (run) => run(CONDEMN, isCondemned ? 1 : 0, plugin, digest));
  }

  isCondemned(plugin: string, digest: string): boolean {
    return this.#database.get("look at a generation", CONDEMNED, plugin, digest) !== undefined;
  }

  /** Plugins of which a version failed. */
  withCondemned(): string[] {
    return this.#database.all("look for condemned generations", WITH_CONDEMNED).map((row) => row["plugin"] as string);
  }

  /** Of one plugin, newest first. */
  list(plugin: string): KeptGenerationRecord[] {
    return this.#database.all("list the generations of a plugin", LIST, plugin).map(keptGeneration);
  }

  current(plugin: string): KeptGenerationRecord | undefined {
    const row = this.#database.get("look at a generation", CURRENT, plugin);
    return row && keptGeneration(row);
  }

  state({ id }: Pick<KeptGenerationRecord, "id">): PluginState | undefined {
    const row = this.#database.get("load the state of a generation", STATE, id);
    return row?.["state"] == null ? undefined : readState(row);
  }

  /** Of all plugins: code by any other digest is not needed any more. */
  digests(): string[] {
    return this.#database.all("list the generations", DIGESTS).map((row) => row["digest"] as string);
  }

  #now(): number {
    return Math.round(this.#clock.now());
  }
}

function saveState(run: RunStatement, id: number, state: PluginState | undefined): void {
  if (!state) return void run(KEEP_STATE, null, null, null, id);
  const { version, value } = state;
  const isJson = !(value instanceof Uint8Array);
  run(KEEP_STATE, version, isJson ? Buffer.from(JSON.stringify(value)) : value, isJson ? 1 : 0, id);
}

function readState(row: Row): PluginState | undefined {
  const bytes = row["state"] as Uint8Array;
  const version = row["state_version"] as number;
  if (row["state_is_json"] !== 1) return { version, value: new Uint8Array(bytes) };
  const value = parseJson(Buffer.from(bytes).toString());
  return value === undefined ? undefined : { version, value };
}

function keptGeneration(row: Row): KeptGenerationRecord {
  return {
    id: row["id"] as number,
    plugin: row["plugin"] as string,
    version: row["version"] as string,
    digest: row["digest"] as string,
    settings: (parseJson(row["settings"]) ?? {}) as JsonObject,
    since: row["since"] as number,
    isCurrent: row["is_current"] === 1,
    isCondemned: row["is_condemned"] === 1,
    hasState: row["has_state"] === 1,
  };
}
