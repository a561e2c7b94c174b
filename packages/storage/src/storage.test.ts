import { ManualClock } from "@berth/base";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { mountSmallDisk } from "../test/small-disk.ts";
import { temporaryFolder } from "../test/temporary-folder.ts";
import { Database } from "./database.ts";
import { openStorage } from "./storage.ts";
import { ValueCache } from "./value-cache.ts";

describe("openStorage", () => {
  test("offers all subjects over one file, and closes with what was written", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    {
      await using storage = openStorage({ path, clock: new ManualClock() });
      void storage.cache.put("a", 1, 1);
      void storage.breakers.save("a", { failures: 1 });
      void storage.pluginStore("p", { quotaBytes: 10 }).set("a", 1);
    }
    expect(readdirSync(folder.path)).toEqual(["berth.db"]);
    using storage = openStorage({ path, clock: new ManualClock(), readOnly: true });
    const values = [
      storage.cache.get("a")?.value,
      storage.breakers.load("a"),
      storage.pluginStore("p", { quotaBytes: 0 }).get("a"),
    ];
    expect(values).toEqual([1, { failures: 1 }, 1]);
    expect(storage.path).toBe(path);
  });

  test("costs nothing before it is called: importing the package loads no SQLite", () => {
    const index = pathToFileURL(join(import.meta.dirname, "index.ts")).href;
    const script = `await import(${JSON.stringify(index)}); console.log(process.moduleLoadList.filter((name) => /sqlite/.test(name)).length)`;
    expect(execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" })).toBe("0\n");
  });
});

describe("Storage.check", () => {
  test("finds nothing in a sound file and names what is wrong in a damaged one", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    {
      using storage = openStorage({ path, clock: new ManualClock() });
      for (let key = 0; key < 50; key++) await storage.cache.put(`key ${key}`, "x".repeat(2_000), key);
      expect(storage.check()).toEqual([]);
    }
    const bytes = readFileSync(path);
    bytes.fill(0, bytes.length - 8 * 4_096);
    writeFileSync(path, bytes);
    using storage = openStorage({ path, clock: new ManualClock() });
    expect(storage.check().length).toBeGreaterThan(0);
  });
});

describe("a full disk", () => {
  test("is named, loses nothing that was acknowledged, and is over once there is space again", async () => {
    using folder = temporaryFolder();
    using disk = fullableDisk(folder.path);
    console.log(`full disk by ${disk.means}`);
    using database = new Database({ path: disk.path });
    disk.limit(database);
    const cache = new ValueCache(database);
    const written = await fill(cache);
    await expect(cache.put("one more", "x".repeat(20_000), 1)).rejects.toMatchObject({
      code: "STORAGE_FAILED",
      message: `Cannot cache a value: the disk that holds ${disk.path} is full; free some space`,
    });
    for (let number = 0; number < written; number++) expect(cache.get(`key ${number}`)?.storedAt).toBe(number);
    disk.freeSomeSpace(database);
    await cache.put("one more", "x".repeat(20_000), 1);
    expect(database.all("check", "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  });
});

/** Writes until it is refused and answers how many values there are. */
async function fill(cache: ValueCache): Promise<number> {
  for (let number = 0; ; number++) {
    const isFull = await cache.put(`key ${number}`, "x".repeat(20_000), number).then(
      () => false,
      () => true,
    );
    if (isFull) return number;
  }
}

interface FullableDisk extends Disposable {
  path: string;
  means: string;
  limit(database: Database): void;
  freeSomeSpace(database: Database): void;
}

/** A real small disk where one can be mounted, else SQLite's own limit. */
function fullableDisk(folder: string): FullableDisk {
  const disk = mountSmallDisk(folder);
  if ("folder" in disk) {
    const path = join(disk.folder, "berth.db");
    const means = "a file system of one megabyte";
    return {
      path,
      means,
      limit: () => undefined,
      freeSomeSpace: () => disk.freeSomeSpace(),
      [Symbol.dispose]: () => disk[Symbol.dispose](),
    };
  }
  const setPages = (database: Database, pages: number): void =>
    void database.get("limit", `PRAGMA max_page_count = ${pages}`);
  return {
    path: join(folder, "berth.db"),
    means: `PRAGMA max_page_count, for no file system can be mounted here: ${disk.reason}`,
    limit: (database) => setPages(database, 100),
    freeSomeSpace: (database) => setPages(database, 200),
    [Symbol.dispose]: () => undefined,
  };
}
