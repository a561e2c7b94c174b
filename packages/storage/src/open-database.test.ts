import { Failpoints } from "@berth/base";
import { execFile } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { bundleScript } from "../test/killed-process.ts";
import { temporaryFolder } from "../test/temporary-folder.ts";
import { openDatabase } from "./open-database.ts";

const run = promisify(execFile);

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

describe("openDatabase", () => {
  test("makes the folder and a file that only its owner may read, with its log", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "a", "b", "berth.db");
    using database = openDatabase({ path });
    expect(database.isOpen).toBe(true);
    expect([modeOf(path), modeOf(`${path}-wal`), modeOf(`${path}-shm`)]).toEqual(["600", "600", "600"]);
    expect(modeOf(join(folder.path, "a", "b"))).toBe("700");
  });

  test("writes ahead and flushes every commit", () => {
    using folder = temporaryFolder();
    using database = openDatabase({ path: join(folder.path, "berth.db") });
    const pragmas = ["journal_mode", "synchronous", "foreign_keys", "busy_timeout"];
    const values = pragmas.map((name) => Object.values(database.prepare(`PRAGMA ${name}`).get()!)[0]);
    expect(values).toEqual(["wal", 2, 1, 5_000]);
  });

  test.each([
    ["text", (path: string) => writeFileSync(path, "these are my notes, not a database\n".repeat(200))],
    ["a truncated database", (path: string) => truncateSync(path, 8_192)],
    ["a database with an overwritten page", (path: string) => overwriteFirstPage(path)],
  ])("refuses %s, says the way out and leaves it as it is", (_title, damage) => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    openDatabase({ path }).close();
    damage(path);
    const before = readFileSync(path);
    expect(() => openDatabase({ path })).toThrow(
      expect.objectContaining({
        code: "STORAGE_FAILED",
        message: `Cannot open the database: ${path} is damaged, or no database. Nothing was changed. To save what is left: sqlite3 ${path} .recover. To begin with an empty one: move ${path}, ${path}-wal and ${path}-shm away`,
      }),
    );
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("refuses an emptied file whose log still holds its content", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    writeFileSync(path, "");
    writeFileSync(`${path}-wal`, "what was written last");
    expect(() => openDatabase({ path })).toThrow(/the file is empty, but its log .*-wal is not\. Nothing was changed/);
    expect(readFileSync(`${path}-wal`, "utf8")).toBe("what was written last");
  });

  test("refuses a path through a file", () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "file"), "");
    expect(() => openDatabase({ path: join(folder.path, "file", "berth.db") })).toThrow(
      /Cannot open the database: a part of .* is a file where a folder is needed/,
    );
  });

  test("refuses a folder as the file", () => {
    using folder = temporaryFolder();
    expect(() => openDatabase({ path: folder.path })).toThrow(/is not there or cannot be opened; check the path/);
  });

  test("refuses a folder it may not write, saying whose rights to check", () => {
    using folder = temporaryFolder();
    const locked = join(folder.path, "locked");
    mkdirSync(locked);
    const open = (): unknown =>
      asOrdinaryUser(folder.path, locked, () => openDatabase({ path: join(locked, "berth.db") }));
    expect(open).toThrow(
      expect.objectContaining({
        code: "STORAGE_FAILED",
        message: `Cannot open the database: no right to write ${join(locked, "berth.db")} or its folder; check owner and mode of both`,
      }),
    );
    expect(readdirSync(locked)).toEqual([]);
  });

  test("opens read-only only what is there and up to date", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    expect(() => openDatabase({ path, readOnly: true })).toThrow(/is not there or cannot be opened/);
    expect(readdirSync(folder.path)).toEqual([]);
    openDatabase({ path, migrations: ["CREATE TABLE a (b) "] }).close();
    const newer = ["CREATE TABLE a (b)", "CREATE TABLE c (d)"];
    expect(() => openDatabase({ path, readOnly: true, migrations: newer })).toThrow(
      /its schema is version 1, this Berth reads 2; open it once for writing/,
    );
    using database = openDatabase({ path, readOnly: true, migrations: ["CREATE TABLE a (b)"] });
    expect(() => database.exec("INSERT INTO a VALUES (1)")).toThrow(/readonly/);
  });

  test("leaves no trace of having read, and sees what a process that has it open has written", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "a folder #1?", "berth.db");
    const migrations = ["CREATE TABLE a (b)"];
    openDatabase({ path, migrations }).close();
    {
      using reader = openDatabase({ path, migrations, readOnly: true });
      expect(reader.prepare("SELECT count(*) AS rows FROM a").get()).toEqual({ rows: 0 });
    }
    expect(readdirSync(dirname(path))).toEqual(["berth.db"]);
    using writer = openDatabase({ path, migrations });
    writer.exec("INSERT INTO a VALUES (1)");
    using reader = openDatabase({ path, migrations, readOnly: true });
    expect(reader.prepare("SELECT count(*) AS rows FROM a").get()).toEqual({ rows: 1 });
  });

  test("fails at the failpoint storage.open before it touches anything", () => {
    using folder = temporaryFolder();
    const failpoints = new Failpoints();
    failpoints.arm("storage.open", () => {
      throw new Error("held by the test");
    });
    expect(() => openDatabase({ path: join(folder.path, "berth.db"), failpoints })).toThrow(/held by the test/);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("lets six processes open and migrate one new file at the same moment", async () => {
    using folder = temporaryFolder();
    const script = await bundleScript("open-at", folder.path);
    for (let round = 0; round < 5; round++) {
      const openAt = String(Date.now() + 250);
      const path = join(folder.path, `${round}.db`);
      const opened = await Promise.all(Array.from({ length: 6 }, () => run(process.execPath, [script, path, openAt])));
      expect(opened.map((output) => output.stdout)).toEqual(Array(6).fill("sound\n"));
    }
  });
});

/** Nonsense over the first page but for the header, which alone would still look like a database. */
function overwriteFirstPage(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(0xa5, 100, 4_096);
  writeFileSync(path, bytes);
}

/** The administrator may write everywhere, so that the test then acts as nobody. */
function asOrdinaryUser<T>(folder: string, locked: string, act: () => T): T {
  chmodSync(locked, 0o500);
  if (process.geteuid?.() !== 0) return act();
  const nobody = 65_534;
  chownSync(folder, nobody, nobody);
  chownSync(locked, nobody, nobody);
  process.seteuid!(nobody);
  try {
    return act();
  } finally {
    process.seteuid!(0);
  }
}
