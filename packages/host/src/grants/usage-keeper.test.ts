import { ManualClock } from "@berth/base";
import { HostError } from "@berth/contract";
import { openStorage } from "@berth/storage";
import { describe, expect, test } from "vitest";
import { UsageLedger } from "../capabilities/usage/usage-ledger.ts";
import type { UsageRecord } from "../capabilities/usage/use.ts";
import { UsageKeeper } from "./usage-keeper.ts";

const READ: UsageRecord = {
  plugin: "stock",
  instanceId: "",
  capability: "files",
  what: { kind: "file", mode: "read", path: "/srv/a" },
  entry: "/srv",
  outcome: "allowed",
};

function openKeeper() {
  const clock = new ManualClock(1_000);
  const storage = openStorage({ path: ":memory:", clock });
  const warnings: string[] = [];
  const ledger = new UsageLedger({ now: () => clock.now() });
  const keeper = new UsageKeeper({
    ledger,
    usage: storage.usage,
    later: (fire, delayMs) => clock.setTimer(fire, delayMs),
    log: { warn: (message: string) => void warnings.push(message) },
  });
  return { clock, storage, keeper, ledger, warnings };
}

describe("UsageKeeper", () => {
  test("saves what was counted in one write some seconds later, and then rests [OPS-58]", async () => {
    const { clock, storage, keeper } = openKeeper();
    await using owned = keeper;
    expect(clock.pendingTimers).toBe(0);
    for (let i = 0; i < 3; i++) owned.record(READ);
    expect([clock.pendingTimers, storage.usage.list().length]).toEqual([1, 0]);
    await clock.advance(5_000);
    await owned.save();
    expect(storage.usage.list()).toEqual([
      {
        plugin: "stock",
        capability: "files",
        outcome: "allowed",
        entry: "/srv",
        what: "read /srv/a",
        use: { kind: "file", mode: "read", path: "/srv/a" },
        count: 3,
        firstAt: 1_000,
        lastAt: 1_000,
      },
    ]);
    expect(clock.pendingTimers).toBe(0);
    owned.record({ ...READ, outcome: "denied", entry: undefined });
    await clock.advance(5_000);
    await owned.save();
    expect(storage.usage.list().map(({ outcome, count }) => [outcome, count])).toEqual([
      ["allowed", 3],
      ["denied", 1],
    ]);
  });

  test("saves what is left when it ends, and leaves no timer behind", async () => {
    const { clock, storage, keeper } = openKeeper();
    keeper.record(READ);
    await keeper[Symbol.asyncDispose]();
    expect([storage.usage.list().length, clock.pendingTimers]).toEqual([1, 0]);
  });

  test("loses no count while the disk takes nothing, and warns once", async () => {
    const { storage, ledger, warnings } = openKeeper();
    let isFull = true;
    const usage: Pick<typeof storage.usage, "add"> = {
      add: (rows) => (isFull ? Promise.reject(new HostError("STORAGE_FAILED", "full")) : storage.usage.add(rows)),
    };
    const log = { warn: (message: string) => void warnings.push(message) };
    await using keeper = new UsageKeeper({ ledger, usage, log });
    for (let i = 0; i < 3; i++) {
      keeper.record(READ);
      await keeper.save();
    }
    isFull = false;
    keeper.record(READ);
    await keeper.save();
    expect(storage.usage.list().map(({ count }) => count)).toEqual([4]);
    expect(warnings).toEqual(["Cannot keep what plugins used of their permissions: full"]);
  });
});
