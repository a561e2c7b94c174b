import {
  copyFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { systemClock } from "@berth/base";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { Database } from "../database.ts";
import { AuditLog } from "./audit-log.ts";
import { AuditMarks } from "./audit-marks.ts";
import { type AuditPlaces, auditPlaces } from "./audit-segments.ts";
import { verifyAudit } from "./verify-audit.ts";

const SEGMENT_BYTES = 1_500;
const ENTRIES = 24;

/** What somebody does to the files of a log; answers what it is, or nothing when it would change nothing. */
type Deed = (places: AuditPlaces, at: (below: number) => number) => string | undefined;

const NEWLINE = 0x0a;
const segmentsOf = ({ folder }: AuditPlaces): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => join(folder, name));
const linesOf = (file: string): string[] => readFileSync(file, "utf8").split(/(?<=\n)/);

const DEEDS: Record<string, Deed> = {
  "a byte is changed": (places, at) => {
    const files = [...segmentsOf(places), places.tail];
    const file = files[at(files.length)]!;
    const bytes = readFileSync(file);
    const offset = at(bytes.length);
    bytes[offset] = bytes[offset]! ^ (1 + at(255));
    writeFileSync(file, bytes);
    return `byte ${offset} of ${file}`;
  },
  "a byte is taken out": (places, at) => {
    const files = segmentsOf(places);
    const file = files[at(files.length)]!;
    const bytes = readFileSync(file);
    const offset = at(bytes.length);
    writeFileSync(file, Buffer.concat([bytes.subarray(0, offset), bytes.subarray(offset + 1)]));
    return `byte ${offset} of ${file}`;
  },
  "a byte is put in": (places, at) => {
    const files = segmentsOf(places);
    const file = files[at(files.length)]!;
    const bytes = readFileSync(file);
    // Before the end: behind it stands what a crash leaves.
    const offset = at(bytes.length);
    writeFileSync(file, Buffer.concat([bytes.subarray(0, offset), Buffer.from([at(256)]), bytes.subarray(offset)]));
    return `before byte ${offset} of ${file}`;
  },
  "a record is taken out": (places, at) => {
    const files = segmentsOf(places);
    const file = files[at(files.length)]!;
    const lines = linesOf(file);
    writeFileSync(file, lines.toSpliced(at(lines.length), 1).join(""));
    return file;
  },
  "a record is there twice": (places, at) => {
    const files = segmentsOf(places);
    const file = files[at(files.length)]!;
    const lines = linesOf(file);
    const index = at(lines.length - 1);
    writeFileSync(file, lines.toSpliced(index, 0, lines[index]!).join(""));
    return file;
  },
  "two records change places": (places, at) => {
    const files = segmentsOf(places);
    const file = files[at(files.length)]!;
    const lines = linesOf(file);
    const index = at(lines.length - 1);
    writeFileSync(file, lines.toSpliced(index, 2, lines[index + 1]!, lines[index]!).join(""));
    return file;
  },
  "the end is cut off": (places, at) => {
    const file = segmentsOf(places).at(-1)!;
    const size = at(statSync(file).size);
    truncateSync(file, size);
    return `at ${size}`;
  },
  "the last records are cut off": (places, at) => {
    const file = segmentsOf(places).at(-1)!;
    const lines = linesOf(file);
    writeFileSync(file, lines.slice(0, at(lines.length)).join(""));
    return file;
  },
  "a segment is taken out": (places, at) => {
    const files = segmentsOf(places);
    rmSync(files[at(files.length)]!);
    return "";
  },
  "a segment is taken out, and the later ones are renamed": (places, at) => {
    const files = segmentsOf(places);
    const gone = at(files.length);
    rmSync(files[gone]!);
    for (let index = gone + 1; index < files.length; index++) renameSync(files[index]!, files[index - 1]!);
    return String(gone);
  },
  "two segments change places": (places, at) => {
    const files = segmentsOf(places);
    const index = at(files.length - 1);
    const [one, other] = [files[index]!, files[index + 1]!];
    renameSync(one, `${one}.away`);
    renameSync(other, one);
    renameSync(`${one}.away`, other);
    return one;
  },
  "a segment is there twice": (places, at) => {
    const files = segmentsOf(places);
    copyFileSync(files[at(files.length)]!, places.segment(files.length + 1));
    return "";
  },
  "the signed end is taken away": (places) => {
    rmSync(places.tail);
    return "";
  },
  "all of it is taken away": (places) => {
    for (const file of [...segmentsOf(places), places.tail]) rmSync(file);
    return "";
  },
};

describe("verifyAudit", () => {
  using folder = temporaryFolder();
  const whole = auditPlaces(join(folder.path, "whole"));
  let known: { seq: number; hash: string };
  let key: string;

  beforeAll(async () => {
    using database = new Database({ path: ":memory:" });
    const marks = new AuditMarks(database);
    await using log = new AuditLog({ places: whole, clock: systemClock, database, marks, segmentBytes: SEGMENT_BYTES });
    for (let n = 0; n < ENTRIES; n++)
      await log.append({
        kind: "grant.given",
        plugin: `plugin-${n % 3}`,
        details: { by: "ada", n, word: "wörter".repeat(n % 4) },
      });
    await log.sign();
    known = marks.load("head") as typeof known;
    // The last of all comes after the last head.
    await log.append({ kind: "grant.revoked", plugin: "plugin-1", details: { by: "ada" } });
    log[Symbol.dispose]();
    const verdict = await verifyAudit(whole);
    key = verdict.keys[0]!;
  });

  test("finds nothing wrong with a log that is whole, by its key and by what is known elsewhere [FLX-53]", async () => {
    const verdict = await verifyAudit(whole, { key, known });
    expect(verdict.segments).toBeGreaterThan(3);
    expect(verdict).toMatchObject({ isSound: true, keys: [key] });
    expect(verdict.heads).toBeGreaterThan(1);
    const lines = segmentsOf(whole).flatMap(linesOf);
    expect(verdict.records).toBe(lines.length);
  });

  test.each(Object.entries(DEEDS))("finds that %s, wherever that is [FLX-53]", async (_what, deed) => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat()), async (numbers) => {
        const places = auditPlaces(join(folder.path, `case-${number++}`));
        cpSync(whole.folder, places.folder, { recursive: true });
        const before = segmentsOf(places)
          .map((file) => readFileSync(file).toString("latin1"))
          .join("|");
        const tail = readFileSync(places.tail).toString("latin1");
        const done = deed(places, (below) => Number(numbers.next().value) % below);
        const now = segmentsOf(places)
          .map((file) => readFileSync(file).toString("latin1"))
          .join("|");
        const isSame =
          before === now &&
          statSync(places.tail, { throwIfNoEntry: false }) &&
          readFileSync(places.tail).toString("latin1") === tail;
        const verdict = await verifyAudit(places, { known });
        rmSync(places.folder, { recursive: true });
        expect([done, verdict.isSound]).toEqual([done, Boolean(isSame)]);
        if (verdict.problem) expect(verdict.problem.why).not.toBe("");
      }),
      { numRuns: 60 },
    );
  });

  test("finds each single byte of each file that is changed, and names the record [FLX-53]", async () => {
    const places = auditPlaces(join(folder.path, "bytes"));
    cpSync(whole.folder, places.folder, { recursive: true });
    const file = places.segment(2);
    const bytes = readFileSync(file);
    for (let offset = 0; offset < bytes.length; offset++) {
      const changed = Buffer.from(bytes);
      changed[offset] = changed[offset]! ^ 1;
      writeFileSync(file, changed);
      const { isSound, problem } = await verifyAudit(places);
      const start = bytes.lastIndexOf(NEWLINE, offset - 1) + 1;
      // A newline that is none any more makes one line of two.
      expect({ offset, isSound, at: problem?.offset, file: problem?.file }).toEqual({
        offset,
        isSound: false,
        at: offset === 0 ? 0 : start,
        file: "00000002.jsonl",
      });
    }
  });

  test("finds a log that somebody else signed anew, by the key that was kept elsewhere [FLX-53]", async () => {
    using other = temporaryFolder();
    const places = auditPlaces(join(other.path, "audit"));
    using database = new Database({ path: ":memory:" });
    {
      await using log = new AuditLog({ places, clock: systemClock, database, marks: new AuditMarks(database) });
      await log.append({ kind: "grant.given", plugin: "a", details: {} });
    }
    expect(await verifyAudit(places)).toMatchObject({ isSound: true });
    expect(await verifyAudit(places, { key })).toMatchObject({
      isSound: false,
      problem: { kind: "signed by another key" },
    });
    await expect(verifyAudit(places, { key: "ssh-ed25519 AAAA" })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});
