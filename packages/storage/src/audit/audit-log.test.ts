import { type Clock, Failpoints, ManualClock, systemClock } from "@berth/base";
import { appendFileSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DatabaseSync } from "node:sqlite";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { openStorage, type Storage } from "../storage.ts";
import { type AuditPlaces, auditPlaces } from "./audit-segments.ts";
import { MOST_IN_WINDOW } from "./audit-reports.ts";
import { verifyAudit } from "./verify-audit.ts";

interface OpenOptions {
  clock?: Clock;
  failpoints?: Failpoints;
}

function open(folder: string, { clock = systemClock, ...options }: OpenOptions = {}): Storage {
  return openStorage({ path: join(folder, "berth.sqlite"), clock, ...options });
}

const entry = (n: number, plugin = "a") => ({ kind: "grant.given", plugin, details: { by: "ada", n } });
const numbers = ({ audit }: Storage): unknown[] =>
  audit.list({ limit: 1_000, kind: "grant.given" }).map(({ details }) => details["n"]);

describe("AuditLog", () => {
  test("gives what it was told, the newest first, by plugin, kind, actor and time [FLX-53]", async () => {
    using folder = temporaryFolder();
    const clock = new ManualClock(1_000);
    await using storage = open(folder.path, { clock });
    await storage.audit.append({ kind: "limit.hit", plugin: "a", details: { limit: "memory_mb", used: 300 } });
    await clock.advance(5);
    await storage.audit.append({ kind: "grant.changed", plugin: "b", details: { by: "ada" } });
    const [second, first] = storage.audit.list();
    expect(first).toMatchObject({
      at: 1_000,
      kind: "limit.hit",
      plugin: "a",
      details: { limit: "memory_mb", used: 300 },
    });
    expect(second).toMatchObject({ at: 1_005, kind: "grant.changed", plugin: "b" });
    const count = (query: Parameters<typeof storage.audit.list>[0]): number => storage.audit.list(query).length;
    expect([
      count({ plugin: "a" }),
      count({ kind: "limit.hit" }),
      count({ kind: "grant." }),
      count({ by: "ada" }),
    ]).toEqual([1, 1, 1, 1]);
    expect([count({ since: 1_005 }), count({ limit: 1 }), count({ after: first!.seq })]).toEqual([1, 1, 1]);
    expect(storage.audit.list({ all: true }).map(({ kind }) => kind)).toContain("audit.begun");
  });

  test("is a folder that its user alone may read, with a key of its own [FLX-53]", async () => {
    using folder = temporaryFolder();
    const places = auditPlaces(join(folder.path, "audit"));
    await using storage = open(folder.path);
    await storage.audit.append(entry(1));
    const modes = [places.folder, places.key, places.tail, places.segment(1), places.lock].map(
      (path) => statSync(path).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o600, 0o600, 0o600]);
  });

  test("opens no file before there is anything to keep, and signs nothing when nothing is new", async () => {
    using folder = temporaryFolder();
    {
      await using storage = open(folder.path);
      expect(storage.audit.list()).toEqual([]);
    }
    expect(statSync(join(folder.path, "audit"), { throwIfNoEntry: false })).toBeUndefined();
    await using storage = open(folder.path);
    await storage.audit.append(entry(1));
    await storage.audit.append(entry(2));
    await storage.audit.sign();
    await storage.audit.sign();
    expect(storage.audit.list({ kind: "audit.head" })).toHaveLength(1);
  });

  test("goes on over restarts, and under several writers at once, as one chain [FLX-53]", async () => {
    using folder = temporaryFolder();
    for (const start of [0, 10]) {
      await using host = open(folder.path);
      await using command = open(folder.path);
      const both = [host, command].flatMap(({ audit }, index) =>
        [1, 2, 3, 4, 5].map((n) => audit.append(entry(start + index * 5 + n))),
      );
      await Promise.all(both);
    }
    await using storage = open(folder.path);
    expect(numbers(storage).toSorted((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    expect(await verifyAudit(auditPlaces(join(folder.path, "audit")))).toMatchObject({ isSound: true, segments: 1 });
  });

  test("cuts off what a crash left half written, says so, and tells it from tampering [FLX-53]", async () => {
    using folder = temporaryFolder();
    const places = auditPlaces(join(folder.path, "audit"));
    {
      await using storage = open(folder.path);
      await storage.audit.append(entry(1));
    }
    const torn = readFileSync(places.segment(1)).subarray(-40, -3);
    appendFileSync(places.segment(1), torn);
    const { size } = statSync(places.segment(1));
    expect(await verifyAudit(places)).toMatchObject({
      isSound: true,
      torn: { offset: size - torn.length, bytes: torn.length },
    });
    await using storage = open(folder.path);
    await storage.audit.append(entry(2));
    expect(storage.audit.list()).toMatchObject([
      { details: { n: 2 } },
      { kind: "audit.repaired", details: { bytes: torn.length } },
      { details: { n: 1 } },
    ]);
    const verdict = await verifyAudit(places);
    expect([verdict.isSound, verdict.torn]).toEqual([true, undefined]);
  });

  test("goes on behind what was tampered with, keeps it as it is, and says so [FLX-53]", async () => {
    using folder = temporaryFolder();
    const places = auditPlaces(join(folder.path, "audit"));
    {
      await using storage = open(folder.path);
      for (const n of [1, 2, 3]) await storage.audit.append(entry(n));
    }
    truncateSync(places.segment(1), 700);
    await using storage = open(folder.path);
    await storage.audit.append(entry(4));
    expect(statSync(places.segment(1)).size).toBe(700);
    expect(storage.audit.list({ kind: "audit.broken" })).toHaveLength(1);
    expect(numbers(storage)[0]).toBe(4);
    expect(await verifyAudit(places)).toMatchObject({ isSound: false, problem: { file: "00000001.jsonl" } });
  });

  test("says in its first record that all of it was taken away, which the database knows", async () => {
    using folder = temporaryFolder();
    {
      await using storage = open(folder.path);
      await storage.audit.append(entry(1));
    }
    rmSync(join(folder.path, "audit"), { recursive: true });
    await using storage = open(folder.path);
    await storage.audit.append(entry(2));
    expect(storage.audit.list()).toMatchObject([{ details: { n: 2 } }, { kind: "audit.broken", details: { last: 0 } }]);
  });

  test.each([
    ["all of it", (places: AuditPlaces) => rmSync(places.folder, { recursive: true })],
    ["its signed end, and with it the last records", (places: AuditPlaces) => rmSync(places.tail)],
  ])("does not become sound again because a host goes on after %s was taken away [FLX-53]", async (_what, take) => {
    using folder = temporaryFolder();
    const places = auditPlaces(join(folder.path, "audit"));
    {
      await using storage = open(folder.path);
      await storage.audit.append(entry(1));
    }
    take(places);
    {
      await using storage = open(folder.path);
      await storage.audit.append(entry(2));
    }
    const verdict = await verifyAudit(places);
    expect(verdict).toMatchObject({ isSound: false, problem: { kind: "removed", file: "00000001.jsonl" } });
    const knownLoss = verdict.problem!.after + 1;
    expect(verdict.problem!.why).toMatch(
      new RegExp(`^a host found that .*, told of it in record ${knownLoss}, and went on$`),
    );
    expect(await verifyAudit(places, { knownLoss })).toMatchObject({ isSound: true });
    expect(await verifyAudit(places, { knownLoss: knownLoss - 1 })).toMatchObject({ isSound: false });
  });

  test.each(["audit.write", "audit.sync", "audit.tail"])(
    "refuses with its reason what a full disk does not take at %s, and recovers by itself [FLX-53]",
    async (failpoint) => {
      using folder = temporaryFolder();
      const failpoints = new Failpoints();
      await using storage = open(folder.path, { failpoints });
      await storage.audit.append(entry(1));
      const done: string[] = [];
      {
        using _full = failpoints.arm(failpoint, () => {
          throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
        });
        await expect(storage.audit.around(entry(2), async () => done.push("changed"))).rejects.toMatchObject({
          code: "STORAGE_FAILED",
          message: expect.stringMatching(
            /^Cannot write to the audit log: the disk that holds .* is full; free some space$/,
          ),
        });
      }
      await storage.audit.around(entry(3), async () => done.push("changed later"));
      expect(done).toEqual(["changed later"]);
      expect(numbers(storage)).toEqual([3, 1]);
      expect(await verifyAudit(auditPlaces(join(folder.path, "audit")))).toMatchObject({ isSound: true });
    },
  );

  test.each([
    ["audit.write", []],
    ["audit.sync", ["written"]],
  ])(
    "tells that it is in the file before it is on the disk: what fails at %s is told as %j",
    async (failpoint, told) => {
      using folder = temporaryFolder();
      const failpoints = new Failpoints();
      await using storage = open(folder.path, { failpoints });
      using _failing = failpoints.arm(failpoint, () => {
        throw new Error("no");
      });
      const heard: string[] = [];
      const appended = storage.audit.append(entry(1), () => heard.push("written"));
      await expect(appended).rejects.toMatchObject({ code: "STORAGE_FAILED" });
      expect(heard).toEqual(told);
    },
  );

  test("says that a change failed which it had told of", async () => {
    await using storage = openStorage({ path: ":memory:", clock: systemClock });
    const change = storage.audit.around(entry(1), () => Promise.reject(new Error("no luck")));
    await expect(change).rejects.toThrow("no luck");
    expect(storage.audit.list().map(({ kind }) => kind)).toEqual(["grant.given_failed", "grant.given"]);
    expect(storage.audit.list()[0]?.details).toEqual({ by: "ada", message: "no luck" });
  });

  test("refuses what is too large, or no JSON, without refusing what is told together with it", async () => {
    using folder = temporaryFolder();
    await using storage = open(folder.path);
    const fine = storage.audit.append(entry(1));
    await expect(storage.audit.append({ ...entry(2), details: { text: "x".repeat(65_536) } })).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
    });
    await expect(storage.audit.append({ ...entry(3), details: { n: 1n as never } })).rejects.toMatchObject({
      code: "CONTRACT_BROKEN",
    });
    await fine;
    expect(numbers(storage)).toEqual([1]);
  });

  test("counts a plugin that causes the same over and over, and writes how often when the minute is over", async () => {
    using folder = temporaryFolder();
    {
      await using storage = open(folder.path);
      const flood = Array.from({ length: 5_000 }, (_, n) =>
        storage.audit.report({
          kind: "permission.denied",
          plugin: "loud",
          details: { what: `GET host-${n % 100}` },
          same: `GET host-${n % 100}`,
        }),
      );
      await Promise.all(flood);
      await storage.audit.append(entry(1, "quiet"));
    }
    await using storage = open(folder.path);
    const records = storage.audit.list({ plugin: "loud", limit: 1_000 });
    expect(records.length).toBeLessThanOrEqual(2 * MOST_IN_WINDOW + 1);
    const told = records.reduce((sum, { details }) => sum + Number(details["more"] ?? 1), 0);
    expect(told).toBe(5_000);
    expect(storage.audit.list({ plugin: "quiet" })).toHaveLength(1);
  });

  test("takes in what an older Berth kept in a table, once, before anything new", async () => {
    using folder = temporaryFolder();
    open(folder.path)[Symbol.dispose]();
    const fill = (): void => {
      using table = new DatabaseSync(join(folder.path, "berth.sqlite"));
      table.exec(
        `INSERT OR IGNORE INTO audit VALUES (7, 1000, 'grant.given', 'a', '{"by":"ada"}'), (9, 2000, 'grant.revoked', 'a', '{}')`,
      );
    };
    for (const n of [1, 2]) {
      // As a crash between the two leaves it.
      fill();
      await using storage = open(folder.path);
      await storage.audit.append(entry(n));
    }
    await using storage = open(folder.path);
    expect(storage.audit.list().map(({ at, kind, details }) => [at < 3_000 ? at : "now", kind, details])).toEqual([
      ["now", "grant.given", { by: "ada", n: 2 }],
      ["now", "grant.given", { by: "ada", n: 1 }],
      [2_000, "grant.revoked", { imported: 9 }],
      [1_000, "grant.given", { imported: 7, by: "ada" }],
    ]);
  });
});
