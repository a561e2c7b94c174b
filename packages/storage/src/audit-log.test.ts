import { ManualClock } from "@berth/base";
import { expect, test } from "vitest";
import { MOST_AUDIT_ENTRIES } from "./audit-log.ts";
import { openStorage } from "./storage.ts";

test("AuditLog gives what it was told, the newest first, by plugin and kind", async () => {
  const clock = new ManualClock(1_000);
  await using storage = openStorage({ path: ":memory:", clock });
  await storage.audit.append({ kind: "limit.hit", plugin: "a", details: { limit: "memory_mb", used: 300 } });
  await clock.advance(5);
  await storage.audit.append({ kind: "grant.changed", plugin: "b", details: {} });
  expect(storage.audit.list()).toEqual([
    { id: 2, at: 1_005, kind: "grant.changed", plugin: "b", details: {} },
    { id: 1, at: 1_000, kind: "limit.hit", plugin: "a", details: { limit: "memory_mb", used: 300 } },
  ]);
  expect(storage.audit.list({ plugin: "a" })).toHaveLength(1);
  expect(storage.audit.list({ kind: "limit.hit" })).toHaveLength(1);
  expect(storage.audit.list({ limit: 1 })).toMatchObject([{ id: 2 }]);
});

test("AuditLog lets a plugin that causes too many push out its own oldest and nobody else's", async () => {
  await using storage = openStorage({ path: ":memory:", clock: new ManualClock(1_000) });
  await storage.audit.append({ kind: "quiet", plugin: "quiet", details: {} });
  const flood = Array.from({ length: MOST_AUDIT_ENTRIES + 10 }, (_, n) =>
    storage.audit.append({ kind: "flood", plugin: "loud", details: { n } }),
  );
  await Promise.all(flood);
  const loud = storage.audit.list({ plugin: "loud", limit: 20_000 });
  expect(loud).toHaveLength(MOST_AUDIT_ENTRIES);
  expect(loud.at(-1)?.details).toEqual({ n: 10 });
  expect(storage.audit.list({ plugin: "quiet" })).toHaveLength(1);
});
