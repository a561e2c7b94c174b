import { stripVTControlCharacters, styleText } from "node:util";
import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { type Cell, type Column, formatTable } from "./table.ts";

const COLUMNS: Column[] = [
  { title: "NAME", minWidth: 4 },
  { title: "TOOK", align: "right" },
  { title: "DETAIL", minWidth: 6, dropOrder: 1 },
];
const cells = (...texts: string[]): Cell[] => texts.map((text) => ({ text }));

describe("formatTable", () => {
  test("aligns columns and leaves no blanks at the ends of lines", () => {
    const rows = [cells("home", "3 s", "fine"), cells("a longer one", "12 min", "")];
    expect(formatTable(COLUMNS, rows, 80)).toEqual([
      "NAME            TOOK  DETAIL",
      "home             3 s  fine",
      "a longer one  12 min",
    ]);
  });

  test("shortens the widest column first, and marks where", () => {
    const rows = [cells("a longer one", "12 min", "much more than there is room for")];
    expect(formatTable(COLUMNS, rows, 40)[1]).toBe("a longer one  12 min  much more than th…");
    expect(formatTable(COLUMNS, rows, 26)[1]).toBe("a longe…  12 min  much mo…");
  });

  test("leaves out what may be left out, and then shortens as far as it takes", () => {
    const rows = [cells("a longer one", "12 min", "detail")];
    expect(formatTable(COLUMNS, rows, 19)).toEqual(["NAME           TOOK", "a longer o…  12 min"]);
    expect(formatTable(COLUMNS, rows, 7)).toEqual(["N…  TO…", "a…  12…"]);
    expect(formatTable(COLUMNS, rows, 1)).toEqual(["…", "…"]);
  });

  test("counts cells, not characters", () => {
    const rows = [cells("東京都庁", "1", "x"), cells("👍🏽", "2", "y"), cells("e\u0301te\u0301", "3", "z")];
    const lines = formatTable(COLUMNS, rows, 80);
    expect(lines.slice(1).map((line) => stringWidth(line.slice(0, line.search(/[xyz]$/))))).toEqual([16, 16, 16]);
    expect(formatTable(COLUMNS.slice(0, 1), [cells("東京都庁")], 6)[1]).toBe("東京…");
  });

  test("paints after it has measured, and neutralises before", () => {
    const paint = (text: string): string => styleText("red", text, { validateStream: false });
    const lines = formatTable(COLUMNS, [[{ text: "\u001B[2Jx", paint }, { text: "1" }, { text: "a\nb" }]], 80, paint);
    expect(lines.map((line) => stripVTControlCharacters(line))).toEqual([
      "NAME        TOOK  DETAIL",
      "\\u001b[2Jx     1  a b",
    ]);
    expect(lines[1]).toContain(styleText("red", "\\u001b[2Jx", { validateStream: false }));
  });

  test("without rows is its heading", () => {
    expect(formatTable(COLUMNS, [], Infinity)).toEqual(["NAME  TOOK  DETAIL"]);
  });

  test("is never wider than its width, whatever is in it", () => {
    const text = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.constantFrom("東京", "👍🏽", "a\tb", "\u202Ex", ""),
    );
    const column = fc.record(
      {
        title: fc.string({ maxLength: 12 }),
        minWidth: fc.nat(12),
        dropOrder: fc.nat(5),
        align: fc.constantFrom("left", "right"),
      },
      { requiredKeys: ["title"] },
    );
    const table = fc
      .array(column, { minLength: 1, maxLength: 8 })
      .chain((columns) =>
        fc.tuple(
          fc.constant(columns as Column[]),
          fc.array(fc.array(text, { minLength: columns.length, maxLength: columns.length }), { maxLength: 5 }),
          fc.integer({ min: 1, max: 120 }),
        ),
      );
    fc.assert(
      fc.property(table, ([columns, rows, width]) => {
        const lines = formatTable(
          columns,
          rows.map((row) => cells(...row)),
          width,
        );
        expect(lines).toHaveLength(rows.length + 1);
        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
      }),
      { numRuns: 1_000 },
    );
  });
});
