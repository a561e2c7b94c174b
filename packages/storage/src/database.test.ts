import { Failpoints } from "@berth/base";
import { HostError } from "@berth/contract";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../test/temporary-folder.ts";
import { Database } from "./database.ts";

const SCHEMA = ["CREATE TABLE numbers (number INTEGER PRIMARY KEY) STRICT"];
const INSERT = "INSERT INTO numbers VALUES (?)";

function openNumbers(path = ":memory:", failpoints = new Failpoints()): Database {
  return new Database({ path, failpoints, migrations: SCHEMA });
}

function add(database: Database, number: number): Promise<number> {
  return database.write("add a number", (run) => run(INSERT, number));
}

function numbersIn(database: Database): unknown[] {
  return database.all("list numbers", "SELECT number FROM numbers ORDER BY number").map((row) => row["number"]);
}

describe("Database.write", () => {
  test("commits the writes of one turn together and answers each", async () => {
    const failpoints = new Failpoints();
    using database = openNumbers(":memory:", failpoints);
    failpoints.arm("storage.commit", () => undefined);
    const changed = await Promise.all([add(database, 1), add(database, 2), add(database, 3)]);
    expect({ changed, numbers: numbersIn(database), commits: failpoints.visits("storage.commit") }).toEqual({
      changed: [1, 1, 1],
      numbers: [1, 2, 3],
      commits: 1,
    });
  });

  test("gives each write its own outcome when one of them is refused", async () => {
    using database = openNumbers();
    const refusal = new HostError("LIMIT_EXCEEDED", "Cannot add a number: there are enough");
    const outcomes = await Promise.allSettled([
      add(database, 1),
      database.write("add two numbers", (run) => {
        run(INSERT, 2);
        throw refusal;
      }),
      add(database, 1),
      add(database, 3),
    ]);
    expect(outcomes).toEqual([
      { status: "fulfilled", value: 1 },
      { status: "rejected", reason: refusal },
      {
        status: "rejected",
        reason: expect.objectContaining({
          code: "STORAGE_FAILED",
          message: expect.stringMatching(/^Cannot add a number: UNIQUE/),
        }),
      },
      { status: "fulfilled", value: 1 },
    ]);
    expect(numbersIn(database)).toEqual([1, 3]);
  });

  test("takes everything back when storage.commit fails, and goes on afterwards", async () => {
    const failpoints = new Failpoints();
    using database = openNumbers(":memory:", failpoints);
    const armed = failpoints.arm("storage.commit", () => {
      throw new Error("pulled the plug");
    });
    const outcomes = await Promise.allSettled([add(database, 1), add(database, 2)]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(["rejected", "rejected"]);
    armed[Symbol.dispose]();
    await add(database, 2);
    expect(numbersIn(database)).toEqual([2]);
  });

  test("does not acknowledge, nor repeat, what storage.fsync leaves open", async () => {
    const failpoints = new Failpoints();
    using database = openNumbers(":memory:", failpoints);
    failpoints.arm("storage.fsync", () => {
      throw new Error("flush failed");
    });
    await expect(add(database, 1)).rejects.toThrow("Cannot add a number: flush failed (:memory:)");
    expect({ numbers: numbersIn(database), flushes: failpoints.visits("storage.fsync") }).toEqual({
      numbers: [1],
      flushes: 1,
    });
  });

  test("refuses a failpoint that would hold the transaction with a promise", async () => {
    const failpoints = new Failpoints();
    using database = openNumbers(":memory:", failpoints);
    failpoints.arm("storage.commit", async () => undefined);
    await expect(add(database, 1)).rejects.toThrow(/the step is synchronous/);
    expect(numbersIn(database)).toEqual([]);
  });

  test("is done by the time the database is disposed", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    const database = openNumbers(path);
    const pending = add(database, 1);
    database[Symbol.dispose]();
    database[Symbol.dispose]();
    expect(await pending).toBe(1);
    using again = openNumbers(path);
    expect(numbersIn(again)).toEqual([1]);
  });

  test("and reads are refused once the database is closed", async () => {
    const database = openNumbers();
    database[Symbol.dispose]();
    await expect(add(database, 1)).rejects.toThrow("Cannot add a number: the database :memory: is closed");
    expect(() => numbersIn(database)).toThrow("Cannot list numbers: the database :memory: is closed");
  });

  test("is refused by a database that was opened read-only", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    using writer = openNumbers(path);
    await add(writer, 1);
    using reader = new Database({ path, readOnly: true, migrations: SCHEMA });
    expect(numbersIn(reader)).toEqual([1]);
    await expect(add(reader, 2)).rejects.toThrow(`Cannot add a number: the database ${path} was opened read-only`);
  });

  test("of two connections to one file both arrive", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    using left = openNumbers(path);
    using right = openNumbers(path);
    const numbers = Array.from({ length: 200 }, (_, index) => index);
    await Promise.all(numbers.map((number) => add(number % 2 === 0 ? left : right, number)));
    expect(numbersIn(left)).toEqual(numbers);
    expect(numbersIn(right)).toEqual(numbers);
  });

  test("says so when another process keeps the file locked", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    using database = new Database({ path, migrations: SCHEMA, busyTimeoutMs: 50 });
    using hanging = new DatabaseSync(path);
    hanging.exec("BEGIN IMMEDIATE");
    await expect(add(database, 1)).rejects.toThrow(
      `Cannot add a number: another process held ${path} locked for seconds; look whether one hangs`,
    );
    hanging.exec("ROLLBACK");
    expect(await add(database, 1)).toBe(1);
  });
});
