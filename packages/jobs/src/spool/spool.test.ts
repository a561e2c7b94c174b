import { appendFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { Spool } from "./spool.ts";
import { openOwnSpool } from "./take-over.ts";

const folders: string[] = [];
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "berth-spool-"));
  folders.push(folder);
  return folder;
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const ALL = [1_000, 1_000_000] as const;

describe("Spool", () => {
  test("gives lines as they came, as often as they are asked for until they are let go", () => {
    const spool = new Spool({ folder: newFolder(), fileBytes: 20 });
    const lines = Array.from({ length: 10 }, (_, n) => `line ${n} ä`);
    for (const line of lines) spool.append(line);
    const seen: string[] = [];
    while (spool.count > 0) {
      const taken = spool.peek(2, 1_000);
      expect(spool.peek(2, 1_000)).toEqual(taken);
      seen.push(...taken.lines);
      spool.drop(taken.first + taken.lines.length);
    }
    expect(seen).toEqual(lines);
    expect(spool.peek(...ALL).lines).toEqual([]);
  });

  test("is a queue, whatever is done, and however often the process begins again", () => {
    const doings = fc.oneof(
      fc.record({ do: fc.constant("append" as const), size: fc.integer({ min: 0, max: 30 }) }),
      fc.record({ do: fc.constant("take" as const), most: fc.integer({ min: 1, max: 5 }), again: fc.nat({ max: 2 }) }),
      fc.record({ do: fc.constant("begin again" as const) }),
    );
    fc.assert(
      fc.property(fc.array(doings, { maxLength: 40 }), (all) => {
        const folder = newFolder();
        let spool = new Spool({ folder, fileBytes: 40 });
        let model: string[] = [];
        let made = 0;
        for (const doing of all) {
          if (doing.do === "append") {
            const line = `${made++} ${"x".repeat(doing.size)}`;
            spool.append(line);
            model.push(line);
          } else if (doing.do === "take") {
            const { first, lines } = spool.peek(doing.most, 1_000);
            expect(lines).toEqual(model.slice(0, lines.length));
            expect(lines.length > 0).toBe(model.length > 0);
            const again = lines.slice(0, doing.again);
            spool.drop(first + lines.length, again);
            model = [...again, ...model.slice(lines.length)];
          } else spool = new Spool({ folder, fileBytes: 40 });
          expect(spool.count).toBe(model.length);
        }
        rmSync(folder, { recursive: true, force: true });
      }),
    );
  });

  test("lets the oldest lines give way when there is no more room, and says how many", () => {
    const dropped: number[] = [];
    const spool = new Spool({
      folder: newFolder(),
      fileBytes: 50,
      mostBytes: 200,
      onDropped: (lines) => dropped.push(lines),
    });
    for (let n = 0; n < 100; n++) spool.append(`line ${n}`);
    const { lines } = spool.peek(1, 1);
    const first = Number(lines[0]!.slice(5));
    expect(first).toBeGreaterThan(50);
    expect(dropped.reduce((sum, lost) => sum + lost, 0)).toBe(first);
    expect(spool.count).toBe(100 - first);
  });

  test("leaves out a line that was not written to its end, and takes its folder away when nothing waits", () => {
    const folder = newFolder();
    new Spool({ folder }).append("whole");
    const file = readdirSync(folder).find((name) => name.endsWith(".lines"));
    appendFileSync(join(folder, file!), "half of a li");
    const spool = new Spool({ folder });
    spool.append("next");
    const { first, lines } = spool.peek(...ALL);
    expect(lines).toEqual(["whole", "next"]);
    spool.tidy();
    expect(readdirSync(folder)).not.toEqual([]);
    spool.drop(first + 2);
    spool.tidy();
    expect(() => readdirSync(folder)).toThrow("ENOENT");
  });
});

test("openOwnSpool takes over what processes left that have ended, and nothing of those that run", () => {
  const folder = newFolder();
  // No process has so high a number; 1 is always there.
  new Spool({ folder: join(folder, "4999999") }).append("left");
  new Spool({ folder: join(folder, "1") }).append("of another");
  const spool = openOwnSpool(folder);
  spool.append("own");
  expect(spool.peek(...ALL).lines).toEqual(["left", "own"]);
  expect(readdirSync(folder).toSorted()).toEqual(["1", String(process.pid)].toSorted());
});
