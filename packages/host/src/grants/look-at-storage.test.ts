import { mkdtempDisposable, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "@berth/base";
import { openStorage } from "@berth/storage";
import { describe, expect, test } from "vitest";
import { lookAtStorage } from "./look-at-storage.ts";

describe("lookAtStorage", () => {
  test("finds nothing where there is no database, and makes none", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-look-"));
    using storage = lookAtStorage(join(folder.path, "data"), systemClock);
    expect([storage.grants.list(), storage.grants.load("a"), storage.usage.list()]).toEqual([[], undefined, []]);
    expect(await readdir(folder.path)).toEqual([]);
  });

  test("reads what a host that is running keeps, and nothing from a Berth that kept none of this", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-look-"));
    const path = join(folder.path, "berth.sqlite");
    {
      using host = openStorage({ path, clock: systemClock });
      await host.grants.save("ledger", { form: 1 });
      using storage = lookAtStorage(folder.path, systemClock);
      expect(storage.grants.list().map(({ plugin }) => plugin)).toEqual(["ledger"]);
    }
    {
      using older = new DatabaseSync(path);
      older.exec("PRAGMA user_version = 2");
    }
    using storage = lookAtStorage(folder.path, systemClock);
    expect(storage.grants.list()).toEqual([]);
  });

  test("says so when it is no database of Berth", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-look-"));
    using other = new DatabaseSync(join(folder.path, "berth.sqlite"));
    other.exec("CREATE TABLE a (b)");
    expect(() => lookAtStorage(folder.path, systemClock)).toThrow("it was made by another program");
  });
});
