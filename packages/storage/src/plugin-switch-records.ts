import type { Clock } from "@berth/base";
import type { Database, Row } from "./database.ts";

/** A plugin that the operator switched off by command. */
export interface SwitchedOff {
  plugin: string;
  /** The user of the operating system. */
  by: string;
  /** Milliseconds since 1970. */
  at: number;
}

const SAVE = `INSERT INTO plugin_switches (plugin, off_by, off_at) VALUES (?, ?, ?)
  ON CONFLICT (plugin) DO UPDATE SET off_by = excluded.off_by, off_at = excluded.off_at`;
const LOAD = "SELECT * FROM plugin_switches WHERE plugin = ?";
const LIST = "SELECT * FROM plugin_switches ORDER BY plugin";
const DELETE = "DELETE FROM plugin_switches WHERE plugin = ?";

/** Which plugins the operator switched off by command, kept over restarts. One that is not here is on. */
export class PluginSwitchRecords {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async switchOff(plugin: string, by: string): Promise<void> {
    const at = Math.round(this.#clock.now());
    await this.#database.write("switch a plugin off", (run) => run(SAVE, plugin, by, at));
  }

  /** Answers whether it was off. */
  switchOn(plugin: string): Promise<boolean> {
    return this.#database.write("switch a plugin on", (run) => run(DELETE, plugin) > 0);
  }

  load(plugin: string): SwitchedOff | undefined {
    const row = this.#database.get("look at the switch of a plugin", LOAD, plugin);
    return row && switchedOff(row);
  }

  /** All of them, in order of the plugins' names. */
  list(): SwitchedOff[] {
    return this.#database.all("list what is switched off", LIST).map(switchedOff);
  }
}

function switchedOff(row: Row): SwitchedOff {
  return { plugin: row["plugin"] as string, by: row["off_by"] as string, at: row["off_at"] as number };
}
