import { type JsonValue, ManualClock } from "@berth/base";
import type { LogEntry } from "@berth/contract";
import * as fc from "fast-check";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../test/temporary-folder.ts";
import { type Storage, type StorageOptions, openStorage } from "./storage.ts";

const HOUR_MS = 3_600_000;

function openCache(options: Partial<StorageOptions> = {}): Storage {
  return openStorage({ path: ":memory:", clock: new ManualClock(), ...options });
}

describe("ValueCache", () => {
  test("gives back the last good value and when it was stored, over a restart [SIG-97] [SIG-150]", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    {
      using storage = openCache({ path });
      await storage.cache.put("weather_home", { title: "Oslo", lines: ["-3 °C"] }, HOUR_MS);
      await storage.cache.put("weather_home", { title: "Oslo", lines: ["-4 °C"] }, 2 * HOUR_MS);
    }
    using storage = openCache({ path });
    expect(storage.cache.get("weather_home")).toEqual({
      value: { title: "Oslo", lines: ["-4 °C"] },
      storedAt: 2 * HOUR_MS,
    });
    expect(storage.cache.get("weather_work")).toBeUndefined();
  });

  test("tells the age, so that the caller can refuse what is older than its max_age_hours [SIG-99] [SIG-150]", async () => {
    const clock = new ManualClock(100 * HOUR_MS);
    using storage = openCache({ clock });
    await storage.cache.put("weather_home", 1, clock.now());
    await clock.advance(24 * HOUR_MS);
    expect(clock.now() - storage.cache.get("weather_home")!.storedAt).toBe(24 * HOUR_MS);
  });

  test("prune forgets what was stored earlier, delete one value [SIG-150]", async () => {
    using storage = openCache();
    for (const hour of [1, 2, 3]) await storage.cache.put(`at-${hour}`, hour, hour * HOUR_MS);
    expect(await storage.cache.prune(2 * HOUR_MS)).toBe(1);
    expect([await storage.cache.delete("at-3"), await storage.cache.delete("at-3")]).toEqual([true, false]);
    expect([1, 2, 3].map((hour) => storage.cache.get(`at-${hour}`)?.value)).toEqual([undefined, 2, undefined]);
  });

  test("gives back every JSON value as it was", async () => {
    using storage = openCache();
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.jsonValue(), async (key, value) => {
        await storage.cache.put(key, value as JsonValue, 1);
        expect(storage.cache.get(key)?.value).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 200 },
    );
  });

  test("hands a key named __proto__ over as data, without touching the prototype", async () => {
    using storage = openCache();
    await storage.cache.put("hostile", JSON.parse('{"__proto__": {"isAdmin": true}}') as JsonValue, 1);
    const value = storage.cache.get("hostile")!.value as Record<string, unknown>;
    expect({ own: Object.keys(value), inherited: value["isAdmin"] }).toEqual({
      own: ["__proto__"],
      inherited: undefined,
    });
  });

  test("refuses a value past the bound in bytes, and keeps the earlier one", async () => {
    using storage = openCache({ maxCachedBytes: 6 });
    await storage.cache.put("a", "abcd", 1);
    await expect(storage.cache.put("a", "abcé", 2)).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
      message: 'Cannot cache the value of "a": it has 7 bytes as JSON, allowed are 6',
    });
    expect(storage.cache.get("a")).toEqual({ value: "abcd", storedAt: 1 });
  });

  test("bounds a value to 10 MiB unless told otherwise", async () => {
    using storage = openCache();
    const largest = "x".repeat(10 * 1024 * 1024 - 2);
    await storage.cache.put("a", largest, 1);
    await expect(storage.cache.put("a", `${largest}x`, 1)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
  });

  test.each([
    ["nothing", undefined, "undefined is not a JSON value"],
    ["a bigint", 1n, "Do not know how to serialize a BigInt"],
    ["a function", () => 1, "function is not a JSON value"],
  ])("refuses %s", async (_title, value, reason) => {
    using storage = openCache();
    await expect(storage.cache.put("a", value as unknown as JsonValue, 1)).rejects.toMatchObject({
      code: "CONTRACT_BROKEN",
      message: `Cannot store the value of "a": it cannot be written as JSON (${reason})`,
    });
  });

  test("treats a damaged value as absent, and says so", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    const logged: LogEntry[] = [];
    using storage = openCache({ path, log: (entry) => logged.push(entry) });
    await storage.cache.put("a", [1, 2, 3], 1);
    using vandal = new DatabaseSync(path);
    vandal.exec("UPDATE cached_values SET value = '[1, 2,'");
    expect(storage.cache.get("a")).toBeUndefined();
    expect(logged).toEqual([{ level: "error", message: 'Ignored the cached value of "a": it is damaged' }]);
  });
});
