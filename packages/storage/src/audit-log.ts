import type { Clock, JsonObject } from "@berth/base";
import type { Database, Row } from "./database.ts";
import { parseJson, toJson } from "./stored-json.ts";

/** Something that whoever answers for the host may be asked about. */
export interface AuditEntry {
  /** Counts up over all entries. */
  id: number;
  /** Milliseconds since 1970. */
  at: number;
  /** What happened, such as `limit.hit`. */
  kind: string;
  /** Whom it concerns: a plugin's name, or empty. */
  plugin: string;
  /** The facts. */
  details: JsonObject;
}

/** What {@link AuditLog.append} is told. */
export type NewAuditEntry = Omit<AuditEntry, "id" | "at">;

/** Which entries {@link AuditLog.list} gives. */
export interface AuditQuery {
  plugin?: string;
  kind?: string;
  /** Default 100. */
  limit?: number;
}

/** Kept of one plugin: one that causes more pushes out its own oldest, and nobody else's. */
export const MOST_AUDIT_ENTRIES = 10_000;

const APPEND = "INSERT INTO audit (at, kind, plugin, details) VALUES (?, ?, ?, ?)";
const FORGET = `DELETE FROM audit WHERE plugin = ?1
  AND id <= (SELECT id FROM audit WHERE plugin = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`;
const LIST = `SELECT * FROM audit WHERE (?1 IS NULL OR plugin = ?1) AND (?2 IS NULL OR kind = ?2)
  ORDER BY id DESC LIMIT ?3`;

/** What happened to plugins and by them, kept over restarts. An append has settled when it survives a crash. */
export class AuditLog {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async append({ kind, plugin, details }: NewAuditEntry): Promise<void> {
    const text = toJson("an audit entry", details);
    const at = Math.round(this.#clock.now());
    await this.#database.write("write an audit entry", (run) => {
      run(APPEND, at, kind, plugin, text);
      run(FORGET, plugin, MOST_AUDIT_ENTRIES);
    });
  }

  /** The newest first. */
  list({ plugin, kind, limit = 100 }: AuditQuery = {}): AuditEntry[] {
    return this.#database.all("list audit entries", LIST, plugin ?? null, kind ?? null, limit).map(entryOf);
  }
}

function entryOf(row: Row): AuditEntry {
  const details = parseJson(row["details"]);
  return {
    id: row["id"] as number,
    at: row["at"] as number,
    kind: row["kind"] as string,
    plugin: row["plugin"] as string,
    details: typeof details === "object" && details !== null && !Array.isArray(details) ? details : {},
  };
}
