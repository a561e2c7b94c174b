import { readFileSync } from "node:fs";
import type { Database, Row } from "../database.ts";
import type { AuditFiles } from "./audit-files.ts";
import type { TimedAuditEntry } from "./audit-record.ts";
import { type AuditPlaces, listSegments } from "./audit-segments.ts";

const COUNT = "SELECT count(*) AS entries FROM audit";
const LIST = "SELECT * FROM audit ORDER BY id";
const CLEAR = "DELETE FROM audit";
const IMPORTED = /"imported":(\d+)/g;
const TOGETHER = 1_000;

/**
 * Brings what an older Berth kept in a table into the log, whole and in its order. Each entry says which row it was, so that a crash in
 * between brings none in twice.
 */
export async function importTable(database: Database, places: AuditPlaces, files: AuditFiles): Promise<void> {
  const count = database.get("look for older audit entries", COUNT);
  if (count?.["entries"] === 0) return;
  const known = new Set(listSegments(places).flatMap((number) => importedIn(places.segment(number))));
  const rows = database.all("read older audit entries", LIST).filter((row) => !known.has(row["id"] as number));
  for (let start = 0; start < rows.length; start += TOGETHER)
    await files.append(rows.slice(start, start + TOGETHER).map(entryOf));
  await database.write("move older audit entries", (run) => run(CLEAR));
}

function importedIn(path: string): number[] {
  return [...readFileSync(path, "utf8").matchAll(IMPORTED)].map((match) => Number(match[1]));
}

function entryOf(row: Row): TimedAuditEntry {
  const details = String(row["details"]);
  const rest = details === "{}" ? "}" : `,${details.slice(1)}`;
  return {
    at: row["at"] as number,
    kind: row["kind"] as string,
    plugin: row["plugin"] as string,
    // The table's own text was checked by whoever wrote it: an object.
    text: `{"imported":${row["id"] as number}${rest}`,
  };
}
