import type { JsonValue } from "@berth/base";
import type { Database } from "../database.ts";
import { parseJson, toJson } from "../stored-json.ts";

const SAVE = `INSERT INTO audit_marks (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`;
const LOAD = "SELECT value FROM audit_marks WHERE name = ?";

/** What is known of the audit log outside of it: how far it was signed, and what the last host started with. */
export class AuditMarks {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  load(name: "head" | "start"): JsonValue | undefined {
    const row = this.#database.get("look at a mark of the audit log", LOAD, name);
    return row && parseJson(row["value"]);
  }

  async save(name: "head" | "start", value: JsonValue): Promise<void> {
    const text = toJson("a mark of the audit log", value);
    await this.#database.write("save a mark of the audit log", (run) => run(SAVE, name, text));
  }
}
