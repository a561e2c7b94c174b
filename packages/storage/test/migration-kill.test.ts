import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { randomFrom } from "@berth/base";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../src/open-database.ts";
import { bundleScript, liveAndDie } from "./killed-process.ts";
import { ROWS_PER_STEP, SLOW_MIGRATIONS } from "./slow-migrations.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const RANDOM_KILLS = 40;
const MIGRATING_MS = 50;

describe("migrations under kill -9", () => {
  test("a step is done whole or not at all, wherever 40 random kills fall, and the next start goes on", async () => {
    using folder = temporaryFolder();
    const script = await bundleScript("kill-migrator", folder.path);
    const random = randomFrom(11);
    let file = 0;
    let halfway = 0;
    for (let kills = 0; kills < RANDOM_KILLS; kills++) {
      const path = join(folder.path, `${file}.db`);
      const life = await liveAndDie(script, [path], { from: "first line", afterMs: random() * MIGRATING_MS });
      expect(life).toMatchObject({ signal: "SIGKILL", errors: "" });
      const version = checkedVersion(path);
      if (version > 0 && version < SLOW_MIGRATIONS.length) halfway++;
      if (version === SLOW_MIGRATIONS.length) file++;
    }
    console.log(`${RANDOM_KILLS} kills during migrations: ${halfway} left a file halfway, ${file} files were finished`);
    expect(halfway + file).toBeGreaterThan(0);
  });

  test("a process that dies at each commit in turn gets one step further each time", async () => {
    using folder = temporaryFolder();
    const script = await bundleScript("kill-migrator", folder.path);
    const path = join(folder.path, "berth.db");
    for (let done = 0; done < SLOW_MIGRATIONS.length; done++) {
      // At the second commit: the first one of this life is done, so each life leaves one step more.
      await liveAndDie(script, [path, "2"]);
      expect(checkedVersion(path)).toBe(done + 1);
    }
    using database = openDatabase({ path, migrations: SLOW_MIGRATIONS });
    expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: SLOW_MIGRATIONS.length });
  });
});

/** The version after a kill, having checked that exactly its steps are there. */
function checkedVersion(path: string): number {
  using database = new DatabaseSync(path, { timeout: 5_000 });
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  expect(database.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  expect(tables).toHaveLength(version);
  for (const { name } of tables) {
    expect(database.prepare(`SELECT count(*) AS rows FROM ${String(name)}`).get()).toEqual({ rows: ROWS_PER_STEP });
  }
  return version;
}
