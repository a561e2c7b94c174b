import { join } from "node:path";
import { ManualClock } from "@berth/base";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../test/temporary-folder.ts";
import { MOST_USAGE_ROWS, OTHERS, type UsageCount } from "./permission-usage.ts";
import { openStorage } from "./storage.ts";

const fetched = (more: Partial<UsageCount> = {}): UsageCount => ({
  plugin: "weather",
  capability: "fetch",
  outcome: "allowed",
  entry: "api.example.org",
  what: "GET api.example.org:443/v1",
  use: { kind: "fetch", method: "GET", host: "api.example.org", port: 443, path: "/v1" },
  count: 1,
  firstAt: 1_000,
  lastAt: 1_000,
  ...more,
});

describe("PermissionUsage", () => {
  test("adds up what was counted, over restarts [OPS-58]", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    const denied = fetched({ outcome: "denied", entry: undefined });
    {
      using storage = openStorage({ path, clock: new ManualClock() });
      await storage.usage.add([fetched({ count: 3, lastAt: 2_000 }), denied]);
    }
    using storage = openStorage({ path, clock: new ManualClock() });
    await storage.usage.add([fetched({ count: 2, firstAt: 5_000, lastAt: 9_000 })]);
    await storage.usage.add([fetched({ plugin: "stock", firstAt: 500, lastAt: 500 })]);
    expect(storage.usage.list("weather")).toEqual([fetched({ count: 5, firstAt: 1_000, lastAt: 9_000 }), denied]);
    expect(storage.usage.list().map(({ plugin }) => plugin)).toEqual(["stock", "weather", "weather"]);
    await storage.usage.forget("weather");
    expect(storage.usage.list().map(({ plugin }) => plugin)).toEqual(["stock"]);
  });

  test("keeps apart what differs in outcome, entry, words or kind", async () => {
    using storage = openStorage({ path: ":memory:", clock: new ManualClock() });
    const rows = [
      fetched(),
      fetched({ entry: "*.example.org" }),
      fetched({ entry: undefined }),
      fetched({ outcome: "denied" }),
      fetched({ what: "other" }),
      fetched({ use: { kind: "connect" } }),
      fetched({ capability: "connect" }),
    ];
    await storage.usage.add([...rows, ...rows]);
    expect(storage.usage.list()).toEqual(rows.map((row) => ({ ...row, count: 2 })));
  });

  test("counts what is new past the bound in one row, and stays exact in sum", async () => {
    using storage = openStorage({ path: ":memory:", clock: new ManualClock() });
    const paths = Array.from({ length: MOST_USAGE_ROWS + 50 }, (_, i) => fetched({ what: `GET /${i}`, count: 2 }));
    await storage.usage.add(paths);
    await storage.usage.add([fetched({ what: "GET /0" }), fetched({ what: "GET /new" }), fetched({ plugin: "stock" })]);
    const rows = storage.usage.list("weather");
    expect(rows).toHaveLength(MOST_USAGE_ROWS + 1);
    expect(rows.find(({ what }) => what === OTHERS)).toEqual({
      plugin: "weather",
      capability: "fetch",
      outcome: "allowed",
      what: OTHERS,
      count: 101,
      firstAt: 1_000,
      lastAt: 1_000,
    });
    expect(rows.find(({ what }) => what === "GET /0")?.count).toBe(3);
    expect(storage.usage.list("stock")).toHaveLength(1);
  });

  test("keeps a use that is too large by its words alone, and counts nothing for nothing", async () => {
    using storage = openStorage({ path: ":memory:", clock: new ManualClock() });
    await storage.usage.add([fetched({ use: { kind: "exec", args: ["x".repeat(10_000)] } }), fetched({ count: 0 })]);
    await storage.usage.add([]);
    expect(storage.usage.list()).toEqual([fetched({ use: undefined })]);
  });
});
