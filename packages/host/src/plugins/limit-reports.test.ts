import { ManualClock } from "@berth/base";
import type { BusEvent } from "@berth/contract";
import { openStorage } from "@berth/storage";
import { expect, test } from "vitest";
import { createEventBus } from "@berth/kernel/events";
import { createLog, type LogRecord, Masker } from "../log/index.ts";
import { LimitReports } from "./limit-reports.ts";

test("a limit that is hit is a line of the log, an event, an audit entry and a count, with the figure [OPS-58]", async () => {
  const clock = new ManualClock(1_000);
  await using storage = openStorage({ path: ":memory:", clock });
  const records: LogRecord[] = [];
  const log = createLog({ sink: (record) => void records.push(record), level: "info", clock, masker: new Masker() });
  const events = createEventBus({ onListenerError: () => undefined, onDropped: () => undefined });
  const { promise: heard, resolve } = Promise.withResolvers<BusEvent>();
  events.subscribe({ owner: "test", pattern: "plugin.limit" }, resolve);
  const reports = new LimitReports(log, events, storage.audit);
  const hit = { limit: "memory_mb", allowed: 64, used: 79.96, action: "ended" } as const;
  await reports.record("hungry", hit);
  await reports.record("hungry", { ...hit, used: 70 });
  expect(records[0]).toMatchObject({
    level: "warn",
    message: 'Plugin "hungry" went past limits.memory_mb: 80 of 64 MiB of memory; it was ended',
    fields: { plugin: "hungry", limit: "memory_mb", allowed: 64, used: 79.96, action: "ended" },
  });
  expect(await heard).toMatchObject({ subject: "plugin.limit", from: "host", data: { plugin: "hungry", used: 79.96 } });
  // The second is counted, and written when the minute is over.
  expect(storage.audit.list({ plugin: "hungry" })).toMatchObject([{ kind: "limit.hit", details: { used: 79.96 } }]);
  expect(reports.counts).toEqual([{ plugin: "hungry", limit: "memory_mb", hits: 2, last: { ...hit, used: 70 } }]);
});

test("a limit is told of also when the audit entry cannot be kept", async () => {
  const clock = new ManualClock(1_000);
  const records: LogRecord[] = [];
  const log = createLog({ sink: (record) => void records.push(record), level: "info", clock, masker: new Masker() });
  const storage = openStorage({ path: ":memory:", clock, log: ({ level, message }) => log.write(level, message) });
  const events = createEventBus({ onListenerError: () => undefined, onDropped: () => undefined });
  const reports = new LimitReports(log, events, storage.audit);
  storage[Symbol.dispose]();
  await reports.record("hungry", { limit: "cpu_percent", allowed: 10, used: 20, action: "slowed" });
  expect(records.map(({ level }) => level)).toEqual(["warn", "error"]);
});
