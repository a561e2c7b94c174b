import { Failpoints } from "@berth/base";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../test/temporary-folder.ts";
import { MIGRATIONS } from "./migrations.ts";
import { openDatabase } from "./open-database.ts";

const FIRST = "CREATE TABLE first (a INTEGER) STRICT; INSERT INTO first VALUES (1);";
const SECOND = "ALTER TABLE first ADD COLUMN b TEXT; UPDATE first SET b = 'moved';";

function versionOf(path: string): unknown {
  using database = new DatabaseSync(path);
  return database.prepare("PRAGMA user_version").get()?.["user_version"];
}

describe("migrate", () => {
  test("takes a new file through every step", () => {
    using database = openDatabase({ path: ":memory:" });
    expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: MIGRATIONS.length });
  });

  test("takes an older file forward and keeps its rows", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    openDatabase({ path, migrations: [FIRST] }).close();
    using database = openDatabase({ path, migrations: [FIRST, SECOND] });
    expect(database.prepare("SELECT * FROM first").all()).toEqual([{ a: 1, b: "moved" }]);
  });

  test("leaves nothing of a step that fails, and goes on with it at the next start", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    const broken = "CREATE TABLE half (a INTEGER); INSERT INTO nowhere VALUES (1);";
    expect(() => openDatabase({ path, migrations: [FIRST, broken] })).toThrow(
      /Cannot open the database: no such table/,
    );
    expect(versionOf(path)).toBe(1);
    using database = openDatabase({ path, migrations: [FIRST, SECOND] });
    expect(database.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "first" }]);
  });

  test("takes a step back when its commit fails", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    const failpoints = new Failpoints();
    failpoints.arm("storage.commit", (visit) => {
      if (visit === 2) throw new Error("the disk went away");
    });
    expect(() => openDatabase({ path, failpoints, migrations: [FIRST, SECOND] })).toThrow(/the disk went away/);
    expect(versionOf(path)).toBe(1);
  });

  test("refuses a file of a newer version, naming both, and leaves it alone", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    openDatabase({ path, migrations: [FIRST, SECOND] }).close();
    expect(() => openDatabase({ path, migrations: [FIRST] })).toThrow(
      expect.objectContaining({
        code: "STORAGE_FAILED",
        message: `Cannot open the database ${path}: its schema is version 2, this Berth knows up to 1; start the newer Berth that wrote it, or name another file`,
        details: { path, version: 2, supported: 1 },
      }),
    );
    expect(versionOf(path)).toBe(2);
  });

  test.each([
    ["with tables but no mark", "CREATE TABLE theirs (a)"],
    ["with another mark", "PRAGMA application_id = 7"],
  ])("refuses a database of another program: %s", (_title, sql) => {
    using folder = temporaryFolder();
    const path = join(folder.path, "theirs.db");
    const theirs = new DatabaseSync(path);
    theirs.exec(sql);
    theirs.close();
    expect(() => openDatabase({ path })).toThrow(/was made by another program; name another file/);
    using again = new DatabaseSync(path);
    expect(again.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "delete" });
  });
});
