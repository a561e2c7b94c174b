import { describe, expect, test } from "vitest";
import { UsageLedger } from "./usage-ledger.ts";
import { describeUse, type UsageRecord, type Use } from "./use.ts";

const record = (what: Use, more: Partial<UsageRecord> = {}): UsageRecord => ({
  plugin: "weather",
  instanceId: "home",
  capability: "fetch",
  what,
  entry: "api.example.org",
  outcome: "allowed",
  ...more,
});
const fetched = (path: string): Use => ({ kind: "fetch", method: "GET", host: "api.example.org", port: 443, path });

describe("UsageLedger", () => {
  test("counts each use by plugin, capability, entry, outcome and what it was", () => {
    let at = 0;
    const ledger = new UsageLedger({ now: () => ++at });
    ledger.record(record(fetched("/a")));
    ledger.record(record(fetched("/a"), { instanceId: "office" }));
    ledger.record(record(fetched("/b")));
    ledger.record(record(fetched("/a"), { entry: "*" }));
    ledger.record(record(fetched("/a"), { entry: undefined, outcome: "denied" }));
    ledger.record(record(fetched("/a"), { plugin: "other" }));
    expect(ledger.snapshot("weather").map(({ use: _use, ...row }) => row)).toEqual([
      {
        plugin: "weather",
        capability: "fetch",
        what: "GET api.example.org:443/a",
        entry: "api.example.org",
        outcome: "allowed",
        count: 2,
        firstAt: 1,
        lastAt: 2,
      },
      expect.objectContaining({ what: "GET api.example.org:443/b", count: 1 }),
      expect.objectContaining({ entry: "*", count: 1 }),
      expect.objectContaining({ outcome: "denied", count: 1 }),
    ]);
    expect(ledger.snapshot()).toHaveLength(5);
    expect(ledger.snapshot("nobody")).toEqual([]);
  });

  test("keeps so many rows of a plugin, and counts all others exactly, by capability and outcome", () => {
    const ledger = new UsageLedger({ now: () => 1, mostRows: 10 });
    for (let i = 0; i < 1_000; i++) ledger.record(record(fetched(`/${i}`)));
    for (let i = 0; i < 50; i++) ledger.record(record(fetched(`/${i}`), { outcome: "denied" }));
    ledger.record(record(fetched("/other"), { plugin: "other" }));
    const rows = ledger.snapshot("weather");
    expect(rows).toHaveLength(12);
    expect(rows.slice(10)).toEqual([
      {
        plugin: "weather",
        capability: "fetch",
        what: "(others)",
        outcome: "allowed",
        count: 990,
        firstAt: 1,
        lastAt: 1,
      },
      { plugin: "weather", capability: "fetch", what: "(others)", outcome: "denied", count: 50, firstAt: 1, lastAt: 1 },
    ]);
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(1_050);
    expect(ledger.snapshot("other")).toHaveLength(1);
  });

  test("keeps what a plugin wrote as one harmless line of bounded length", () => {
    const ledger = new UsageLedger({ now: () => 1 });
    ledger.record(record({ kind: "file", mode: "read", path: `/a\n\u001b[31m${"x".repeat(5_000)}` }));
    const { what } = ledger.snapshot()[0]!;
    expect(what).toMatch(/^read \/a \\u001b\[31mx+…?$/);
    expect(what.length).toBeLessThan(600);
  });

  test("hands its counts over and begins again, and shows copies", () => {
    const ledger = new UsageLedger({ now: () => 1 });
    ledger.record(record(fetched("/a")));
    ledger.snapshot()[0]!.count = 99;
    expect(ledger.take("weather")).toMatchObject([{ count: 1 }]);
    expect(ledger.snapshot()).toEqual([]);
  });
});

test.each<[Use, string]>([
  [fetched("/a"), "GET api.example.org:443/a"],
  [{ kind: "connect", host: "::1", port: 5_432 }, "connect [::1]:5432"],
  [{ kind: "file", mode: "write", path: "/a" }, "write /a"],
  [{ kind: "exec", program: "git", args: ["log", "-1"] }, "run git log -1"],
  [{ kind: "exec", program: "git", args: [], isCut: true }, "run git …"],
  [{ kind: "secret", name: "KEY", as: "value" }, "get KEY"],
  [{ kind: "secret", name: "KEY", as: "handle" }, "get a handle of KEY"],
  [{ kind: "secret", name: "KEY", as: "handle", host: "a.org:443" }, "send KEY to a.org:443"],
  [{ kind: "env", name: "LANG" }, "get LANG"],
  [{ kind: "service", service: "runs", method: "summary" }, "call runs.summary"],
  [{ kind: "publish", subject: "a.b" }, "publish a.b"],
  [{ kind: "subscribe", subject: "a.*" }, "subscribe a.*"],
  [{ kind: "other", what: "set a timer" }, "set a timer"],
])("describeUse says of %j: %s", (use, words) => expect(describeUse(use)).toBe(words));
