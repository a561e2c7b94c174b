import { join } from "node:path";
import { ManualClock } from "@berth/base";
import { expect, test } from "vitest";
import { temporaryFolder } from "../test/temporary-folder.ts";
import { openStorage } from "./storage.ts";

test("PluginSwitchRecords keep who switched off what and when, over a restart, until it is switched on [RPT-96]", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "berth.db");
  {
    using storage = openStorage({ path, clock: new ManualClock(5_000) });
    await storage.switches.switchOff("stock", "ada");
    await storage.switches.switchOff("stock", "grace");
    await storage.switches.switchOff("clock", "ada");
  }
  using storage = openStorage({ path, clock: new ManualClock() });
  expect(storage.switches.load("stock")).toEqual({ plugin: "stock", by: "grace", at: 5_000 });
  expect(storage.switches.list().map(({ plugin }) => plugin)).toEqual(["clock", "stock"]);
  expect([await storage.switches.switchOn("stock"), await storage.switches.switchOn("stock")]).toEqual([true, false]);
  expect(storage.switches.load("stock")).toBeUndefined();
});
