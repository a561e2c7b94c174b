import { neutraliseLine } from "@berth/base";
import stringWidth from "string-width";

/** One column of a {@link formatTable}. */
export interface Column {
  title: string;
  align?: "left" | "right";
  /** May be shortened to this many cells when the table is too wide; absent: only when nothing else helps. */
  minWidth?: number;
  /** When shortening is not enough, columns with a number are left out, the lowest first. */
  dropOrder?: number;
}

/** A cell: text, and how to paint it once its width is known. */
export interface Cell {
  text: string;
  paint?: (text: string) => string;
}

const GAP = "  ";

/**
 * Rows under headings, aligned by what a terminal shows, never wider than `width` cells. Text is neutralised here, so that callers
 * can hand over what plugins said.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
  paintTitle = same,
): string[] {
  const texts = rows.map((row) => row.map((cell) => neutraliseLine(cell.text)));
  const natural = columns.map(({ title }, i) =>
    Math.max(stringWidth(title), ...texts.map((row) => stringWidth(row[i]!))),
  );
  const shown = choose(columns, natural, width);
  const widths = shrink(columns, natural, shown, width);
  const lineOf = (cell: (column: number) => string): string => shown.map(cell).join(GAP).trimEnd();
  const heading = lineOf((c) => paintTitle(pad(columns[c]!.title, widths[c]!, columns[c]!.align)));
  const lines = rows.map((row, r) =>
    lineOf((c) => (row[c]!.paint ?? same)(pad(texts[r]![c]!, widths[c]!, columns[c]!.align))),
  );
  return [heading, ...lines];
}

const same = (text: string): string => text;

/** The ellipsis takes one cell. */
const floorOf = ({ minWidth = Infinity }: Column): number => Math.max(1, minWidth);

const tableWidth = (widths: readonly number[]): number =>
  widths.reduce((sum, one) => sum + one, 0) + GAP.length * Math.max(0, widths.length - 1);

/** Which columns there is room for, each at its shortest. */
function choose(columns: readonly Column[], natural: readonly number[], width: number): number[] {
  let shown = columns.map((_, i) => i);
  const shortest = (i: number): number => Math.min(floorOf(columns[i]!), natural[i]!);
  while (tableWidth(shown.map(shortest)) > width) {
    const order = (i: number): number => columns[i]!.dropOrder ?? Infinity;
    const dropped = shown.reduce((lowest, i) => (order(i) < order(lowest) ? i : lowest));
    if (order(dropped) === Infinity) break;
    shown = shown.filter((i) => i !== dropped);
  }
  // One cell each is the end of all shortening.
  while (shown.length > 1 && tableWidth(shown.map(() => 1)) > width) shown.pop();
  return shown;
}

/** The widest gives first, so that the others stay readable: down to what it may, and then as far as it takes. */
function shrink(
  columns: readonly Column[],
  natural: readonly number[],
  shown: readonly number[],
  width: number,
): number[] {
  const widths = [...natural];
  const floors: ((i: number) => number)[] = [(i) => floorOf(columns[i]!), () => 1];
  for (const floor of floors) {
    while (tableWidth(shown.map((i) => widths[i]!)) > width) {
      const candidates = shown.filter((i) => widths[i]! > floor(i));
      if (candidates.length === 0) break;
      widths[candidates.reduce((widest, i) => (widths[i]! > widths[widest]! ? i : widest))]!--;
    }
  }
  return widths;
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
