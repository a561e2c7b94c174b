import type { JsonObject } from "@berth/base";
import type { Database, Row, RunStatement } from "./database.ts";
import { parseJson } from "./stored-json.ts";

/** How often one plugin did one thing, or was refused it. */
export interface UsageCount {
  plugin: string;
  capability: string;
  outcome: "allowed" | "denied";
  /** The entry of the grant that allowed it; absent for what needed none, and for what was denied. */
  entry?: string | undefined;
  /** What it did, in one harmless line. */
  what: string;
  /** The same for programs; absent when it was too large, and in the row that takes what no longer fits. */
  use?: JsonObject | undefined;
  count: number;
  /** Milliseconds since 1970. */
  firstAt: number;
  lastAt: number;
}

/** Distinct things kept of one plugin; what is new past it counts in one row for each capability and outcome. */
export const MOST_USAGE_ROWS = 2_000;

/** What the row of those is called. */
export const OTHERS = "(others)";

const LONGEST_DETAILS = 8_192;

const COUNT = `UPDATE permission_usage SET uses = min(uses + ?, 9007199254740991),
    first_at = min(first_at, ?), last_at = max(last_at, ?)
  WHERE plugin = ? AND capability = ? AND outcome = ? AND entry = ? AND what = ? AND kind = ?`;
const COLUMNS = "plugin, capability, outcome, entry, what, kind, details, uses, first_at, last_at";
const ADD = `INSERT INTO permission_usage (${COLUMNS}) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
  WHERE (SELECT count(*) FROM permission_usage WHERE plugin = ?) < ?`;
const ADD_OTHERS = `INSERT INTO permission_usage (${COLUMNS}) VALUES (?, ?, ?, '', '${OTHERS}', '', NULL, ?, ?, ?)
  ON CONFLICT DO UPDATE SET uses = min(uses + excluded.uses, 9007199254740991),
    first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)`;
const LIST = "SELECT * FROM permission_usage WHERE plugin = ? ORDER BY first_at, rowid";
const LIST_ALL = "SELECT * FROM permission_usage ORDER BY plugin, first_at, rowid";
const FORGET = "DELETE FROM permission_usage WHERE plugin = ?";

/** What plugins used of their permissions and were refused, added up over restarts. */
export class PermissionUsage {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Adds counts to those that are there, all or none. */
  async add(counts: readonly UsageCount[]): Promise<void> {
    if (counts.length === 0) return;
    await this.#database.write("count the use of permissions", (run) => {
      for (const count of counts) addOne(run, count);
    });
  }

  /** In the order they were first used; of one plugin, or of all. */
  list(plugin?: string): UsageCount[] {
    const action = "read the use of permissions";
    const rows = plugin === undefined ? this.#database.all(action, LIST_ALL) : this.#database.all(action, LIST, plugin);
    return rows.map(usageCount);
  }

  /** Begins again from nothing for one plugin. */
  async forget(plugin: string): Promise<void> {
    await this.#database.write("forget the use of permissions", (run) => run(FORGET, plugin));
  }
}

function addOne(run: RunStatement, added: UsageCount): void {
  const { plugin, capability, outcome, entry = "", what, count } = added;
  const [firstAt, lastAt] = [Math.round(added.firstAt), Math.round(added.lastAt)];
  if (!(count >= 1)) return;
  const kind = typeof added.use?.["kind"] === "string" ? added.use["kind"] : "";
  if (run(COUNT, count, firstAt, lastAt, plugin, capability, outcome, entry, what, kind) > 0) return;
  const row = [plugin, capability, outcome, entry, what, kind, detailsOf(added), count, firstAt, lastAt];
  if (run(ADD, ...row, plugin, MOST_USAGE_ROWS) > 0) return;
  run(ADD_OTHERS, plugin, capability, outcome, count, firstAt, lastAt);
}

function detailsOf({ use }: UsageCount): string | null {
  const text = use === undefined ? null : JSON.stringify(use);
  return text === null || text.length > LONGEST_DETAILS ? null : text;
}

function usageCount(row: Row): UsageCount {
  const entry = row["entry"] as string;
  const use = parseJson(row["details"]);
  const isUse = typeof use === "object" && use !== null && !Array.isArray(use);
  return {
    plugin: row["plugin"] as string,
    capability: row["capability"] as string,
    outcome: row["outcome"] as UsageCount["outcome"],
    ...(entry === "" ? {} : { entry }),
    what: row["what"] as string,
    ...(isUse ? { use } : {}),
    count: row["uses"] as number,
    firstAt: row["first_at"] as number,
    lastAt: row["last_at"] as number,
  };
}
