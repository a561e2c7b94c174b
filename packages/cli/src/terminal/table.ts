import { neutraliseLine } from "@berth/base";
import stringWidth from "string-width";

/** One column of a {@link formatTable}. */
export interface Column {
  title: string;
  align?: "left" | "right";
  /** May be shortened to this many cells when the table is too wide; absent: never. */
  minWidth?: number;
}

/** A cell: text, and how to paint it once its width is known. */
export interface Cell {
  text: string;
  paint?: (text: string) => string;
}

const GAP = "  ";

/**
 * Rows under headings, aligned by what a terminal shows, at most `width` cells wide. Text is neutralised here, so that callers
 * can hand over what plugins said.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
  paintTitle = same,
): string[] {
  const texts = rows.map((row) => row.map((cell) => neutraliseLine(cell.text)));
  const widths = fit(columns, texts, width);
  const heading = columns.map((column, i) => paintTitle(pad(column.title, widths[i]!, column.align)));
  const lines = rows.map((row, r) =>
    row.map((cell, c) => (cell.paint ?? same)(pad(texts[r]![c]!, widths[c]!, columns[c]!.align))).join(GAP),
  );
  return [heading.join(GAP), ...lines].map((line) => line.trimEnd());
}

const same = (text: string): string => text;

function fit(columns: readonly Column[], texts: readonly (readonly string[])[], width: number): number[] {
  const widths = columns.map((column, i) =>
    Math.max(stringWidth(column.title), ...texts.map((row) => stringWidth(row[i]!))),
  );
  let excess = widths.reduce((sum, one) => sum + one, 0) + GAP.length * (columns.length - 1) - width;
  // The widest shrinkable column gives first, so that the others stay readable.
  while (excess > 0) {
    const widest = widestShrinkable(columns, widths);
    if (widest === undefined) break;
    widths[widest]!--;
    excess--;
  }
  return widths;
}

function widestShrinkable(columns: readonly Column[], widths: readonly number[]): number | undefined {
  let widest: number | undefined;
  columns.forEach((column, i) => {
    if (column.minWidth === undefined || widths[i]! <= column.minWidth) return;
    if (widest === undefined || widths[i]! > widths[widest]!) widest = i;
  });
  return widest;
}

function pad(text: string, width: number, align: Column["align"] = "left"): string {
  const shown = shorten(text, width);
  const space = " ".repeat(Math.max(0, width - stringWidth(shown)));
  return align === "right" ? space + shown : shown + space;
}

function shorten(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let shown = "";
  let used = 1; // the ellipsis
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const next = stringWidth(segment);
    if (used + next > width) break;
    shown += segment;
    used += next;
  }
  return `${shown}…`;
}
