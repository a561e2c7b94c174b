import { ManualClock } from "@berth/base";
import type { LogEntry } from "@berth/contract";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../test/temporary-folder.ts";
import { openStorage } from "./storage.ts";

interface State {
  state: "closed" | "open" | "half-open";
  failures: number;
  openUntil: number;
  trips: number;
}

const OPEN: State = { state: "open", failures: 5, openUntil: 120_000, trips: 2 };
const CLOSED: State = { state: "closed", failures: 0, openUntil: 0, trips: 0 };

describe("BreakerStates", () => {
  test("loads what was saved last, over a restart", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    {
      using storage = openStorage({ path, clock: new ManualClock() });
      await storage.breakers.save("source/weather", CLOSED);
      await storage.breakers.save("source/weather", OPEN);
    }
    using storage = openStorage({ path, clock: new ManualClock() });
    expect(storage.breakers.load<State>("source/weather")).toEqual(OPEN);
    expect(storage.breakers.load<State>("source/stock")).toBeUndefined();
  });

  test("lists all in order of their keys, with the time of saving, and deletes one", async () => {
    using storage = openStorage({ path: ":memory:", clock: new ManualClock(7_000) });
    await Promise.all([storage.breakers.save("b", OPEN), storage.breakers.save("a", CLOSED)]);
    expect(storage.breakers.list<State>()).toEqual([
      { key: "a", state: CLOSED, savedAt: 7_000 },
      { key: "b", state: OPEN, savedAt: 7_000 },
    ]);
    expect([await storage.breakers.delete("a"), await storage.breakers.delete("a")]).toEqual([true, false]);
    expect(storage.breakers.list().map((saved) => saved.key)).toEqual(["b"]);
  });

  test.each(["{", "[]", "null", "5", ""])("leaves out and reports a state damaged to %j", async (damaged) => {
    using folder = temporaryFolder();
    const path = join(folder.path, "berth.db");
    const logged: LogEntry[] = [];
    using storage = openStorage({ path, clock: new ManualClock(), log: (entry) => logged.push(entry) });
    await Promise.all([storage.breakers.save("a", OPEN), storage.breakers.save("b", OPEN)]);
    using vandal = new DatabaseSync(path);
    vandal.prepare("UPDATE breakers SET state = ? WHERE key = 'a'").run(damaged);
    expect(storage.breakers.load("a")).toBeUndefined();
    expect(storage.breakers.list().map((saved) => saved.key)).toEqual(["b"]);
    const entry = { level: "error", message: 'Ignored the saved state of breaker "a": it is damaged' };
    expect(logged).toEqual([entry, entry]);
  });

  test("refuses a state past 64 KiB", async () => {
    using storage = openStorage({ path: ":memory:", clock: new ManualClock() });
    await expect(storage.breakers.save("a", { notes: "x".repeat(65_536) })).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
      message: 'Cannot save breaker "a": its state has 65548 bytes as JSON, allowed are 65536',
    });
  });
});
