import { type JsonValue, ManualClock } from "@berth/base";
import * as fc from "fast-check";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../test/temporary-folder.ts";
import type { PluginStore } from "./plugin-store.ts";
import { type Storage, openStorage } from "./storage.ts";

function openMemory(path = ":memory:"): Storage {
  return openStorage({ path, clock: new ManualClock() });
}

const anyKey = fc.oneof(
  fc.constantFrom("a", "ab", "abc", "b", "a\0", "a\u{10ffff}", "å", "__proto__", "%", "a_"),
  fc.string({ unit: "binary", minLength: 1, maxLength: 6 }).filter((key) => key.isWellFormed()),
);

/** Adding and removing, here and in a map beside it; afterwards both must tell the same. */
type Step = { key: string; value: JsonValue } | { key: string };
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ key: anyKey, value: fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<JsonValue> }),
  fc.record({ key: anyKey }),
);

async function apply(steps: readonly Step[], store: PluginStore, model: Map<string, string>): Promise<void> {
  for (const step of steps) {
    if ("value" in step) {
      await store.set(step.key, step.value);
      model.set(step.key, JSON.stringify(step.value));
    } else {
      expect(await store.delete(step.key)).toBe(model.delete(step.key));
    }
  }
}

function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

describe("PluginStore", () => {
  test("behaves as a map whose entries are counted in bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 30 }), anyKey, async (steps, prefix) => {
        using storage = openMemory();
        const store = storage.pluginStore("notes", { quotaBytes: 1_000_000 });
        const model = new Map<string, string>();
        await apply(steps, store, model);
        const entries = [...model];
        const bytes = entries.reduce((sum, [key, text]) => sum + Buffer.byteLength(key) + Buffer.byteLength(text), 0);
        for (const [key, text] of entries) expect(store.get(key)).toEqual(JSON.parse(text));
        expect(store.usage()).toEqual({ bytes, entries: entries.length });
        expect(store.keys()).toEqual([...model.keys()].sort(byCodePoint));
        expect(store.keys(prefix)).toEqual([...model.keys()].filter((key) => key.startsWith(prefix)).sort(byCodePoint));
      }),
      { numRuns: 150 },
    );
  });

  test("keeps plugins apart and lasts over a restart", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    {
      using storage = openMemory(path);
      await storage.pluginStore("left", { quotaBytes: 100 }).set("key", "left's");
      await storage.pluginStore("right", { quotaBytes: 100 }).set("key", "right's");
      await storage.pluginStore("right", { quotaBytes: 100 }).set("other", 1);
      await storage.pluginStore("left", { quotaBytes: 100 }).clear();
    }
    using storage = openMemory(path);
    const left = storage.pluginStore("left", { quotaBytes: 100 });
    const right = storage.pluginStore("right", { quotaBytes: 100 });
    expect([left.keys(), left.get("key"), left.usage().bytes]).toEqual([[], undefined, 0]);
    expect([right.keys(), right.get("key"), right.usage().bytes]).toEqual([["key", "other"], "right's", 18]);
  });

  test("refuses what would pass the quota, names used and allowed, and keeps the earlier value", async () => {
    using storage = openMemory();
    const store = storage.pluginStore("notes", { quotaBytes: 10 });
    await store.set("a", "1234");
    await expect(store.set("a", "123456789")).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
      message: 'Cannot store "a" for plugin "notes": its store uses 7 of 10 bytes and would need 12',
      details: { plugin: "notes", unit: "bytes", used: 7, needed: 12, allowed: 10 },
    });
    await expect(store.set("b", 123)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
    await store.set("b", 12);
    expect([store.get("a"), store.get("b"), store.usage()]).toEqual(["1234", 12, { bytes: 10, entries: 2 }]);
  });

  test("gives way, at the quota, to exactly as many of the writes of one turn as fit", async () => {
    using storage = openMemory();
    const store = storage.pluginStore("notes", { quotaBytes: 10 });
    const outcomes = await Promise.allSettled(Array.from({ length: 9 }, (_, index) => store.set(String(index), 1)));
    expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(5);
    expect(store.usage()).toEqual({ bytes: 10, entries: 5 });
  });

  test("bounds the number of entries, however small they are", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    using storage = openMemory(path);
    const store = storage.pluginStore("notes", { quotaBytes: 100_000_000 });
    using filler = new DatabaseSync(path);
    filler.exec(`WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 99999)
      INSERT INTO store_entries SELECT 'notes', number, '1', 6 FROM numbers`);
    await store.set("the last", 1);
    await expect(store.set("one more", 1)).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
      message:
        'Cannot store "one more" for plugin "notes": its store uses 100000 of 100000 entries and would need 100001',
    });
    await store.set("the last", 2);
    expect(store.usage().entries).toBe(100_000);
  });

  test("lets a store that is over a lowered quota shrink", async () => {
    using storage = openMemory();
    await storage.pluginStore("notes", { quotaBytes: 100 }).set("a", "x".repeat(50));
    const lowered = storage.pluginStore("notes", { quotaBytes: 10 });
    await lowered.set("a", "x".repeat(40));
    await expect(lowered.set("a", "x".repeat(41))).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
    expect(await lowered.delete("a")).toBe(true);
  });

  test("takes keys of 1 to 512 characters", async () => {
    using storage = openMemory();
    const store = storage.pluginStore("notes", { quotaBytes: 10_000 });
    await store.set("k".repeat(512), 1);
    for (const key of ["", "k".repeat(513)]) {
      await expect(store.set(key, 1)).rejects.toMatchObject({
        code: "LIMIT_EXCEEDED",
        message: `Cannot use a key of ${key.length} characters: allowed are 1 to 512`,
      });
    }
    expect(store.keys()).toEqual(["k".repeat(512)]);
  });

  test("refuses half of a surrogate pair in a key, which would become another key", async () => {
    using storage = openMemory();
    const store = storage.pluginStore("notes", { quotaBytes: 10_000 });
    await expect(store.set("\ud800", 1)).rejects.toMatchObject({ code: "CONTRACT_BROKEN" });
    await store.set("\ufffd", 1);
    expect(() => store.get("\ud800")).toThrow(/half of a surrogate pair/);
    expect(store.keys("\ud800")).toEqual([]);
  });

  test("reports a damaged value to whoever gets it, and to nobody else", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    using storage = openMemory(path);
    const store = storage.pluginStore("notes", { quotaBytes: 1_000 });
    await Promise.all([store.set("a", 1), store.set("b", 2)]);
    using vandal = new DatabaseSync(path);
    vandal.exec("UPDATE store_entries SET value = '{' WHERE key = 'a'");
    expect(() => store.get("a")).toThrow(
      expect.objectContaining({
        code: "STORAGE_FAILED",
        message: 'Cannot read "a" of plugin "notes": the stored value is damaged; set or delete it',
      }),
    );
    expect([store.keys(), store.get("b")]).toEqual([["a", "b"], 2]);
    await store.set("a", 3);
    expect(store.get("a")).toBe(3);
  });
});
