import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ManualClock } from "@berth/base";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../test/temporary-folder.ts";
import { openStorage } from "./storage.ts";

describe("GrantRecords", () => {
  test("keep what was saved last, over a restart, and list by name", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    {
      using storage = openStorage({ path, clock: new ManualClock(5_000) });
      await storage.grants.save("stock", { network: ["a.example"] });
      await storage.grants.save("stock", { network: [] });
      await storage.grants.save("clock", {});
    }
    using storage = openStorage({ path, clock: new ManualClock() });
    expect(storage.grants.load("stock")).toEqual({ plugin: "stock", record: { network: [] }, savedAt: 5_000 });
    expect(storage.grants.list().map(({ plugin }) => plugin)).toEqual(["clock", "stock"]);
    expect([await storage.grants.delete("stock"), await storage.grants.delete("stock")]).toEqual([true, false]);
    expect(storage.grants.load("stock")).toBeUndefined();
  });

  test("tell of a record that is damaged, so that nobody takes it for none", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    using storage = openStorage({ path, clock: new ManualClock() });
    await storage.grants.save("stock", {});
    using vandal = new DatabaseSync(path);
    vandal.exec("UPDATE grants SET record = '{'");
    expect(storage.grants.load("stock")).toEqual({ plugin: "stock", record: undefined, savedAt: 0 });
  });

  test("refuse what is larger than any grant", async () => {
    using storage = openStorage({ path: ":memory:", clock: new ManualClock() });
    const saved = storage.grants.save("stock", { text: "x".repeat(1_048_576) });
    await expect(saved).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
  });
});
