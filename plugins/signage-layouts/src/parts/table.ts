import type { SceneNode, Table } from "@berth/sdk";
import { type Area, columns, local, rows } from "../draw/area.ts";
import { place, text, vector } from "../draw/nodes.ts";
import { linePath } from "../draw/paths.ts";
import { textWidth } from "../draw/text-width.ts";
import { TYPE, type Theme } from "../draw/theme.ts";

/** As many rows and columns as fit, figures to the right, a hairline between rows. Columns without any word are left out. */
export function tableBlock(theme: Theme, area: Area, whole: Table): SceneNode {
  const { px } = theme;
  const table = fitting(theme, area.width, whole);
  const width = table.columns.length;
  const rowHeight = px(46);
  const head = px(TYPE.tiny) * 1.3 + px(10);
  const fit = Math.max(1, Math.floor((area.height - head) / rowHeight));
  const shown = table.rows.slice(0, fit);
  const numeric = Array.from({ length: width }, (_, index) => isNumeric(shown.map((cells) => cells[index] ?? "")));
  const tracks = trackWidths(theme, area.width, table, shown, width, numeric);
  const lines = rows(local(area), [head, ...shown.map(() => rowHeight)], 0);
  const line = (cells: readonly string[], at: Area, size: number, isHead: boolean): SceneNode =>
    place(at, {}, cellsOf(theme, columns(local(at), tracks, px(20)), cells.slice(0, width), numeric, size, isHead));
  return place(area, {}, [
    rules(theme, area, lines.slice(1)),
    line(table.columns, lines[0]!, px(TYPE.tiny), true),
    ...shown.map((cells, index) => line(cells, lines[index + 1]!, px(TYPE.small), false)),
  ]);
}

/** The leading columns that can be read, two at least: names may be cut short, for the rest a last column is rather left out. */
function fitting({ px }: Theme, width: number, { title, columns: names, rows: lines }: Table): Table {
  const count = Math.max(names.length, ...lines.map((line) => line.length));
  const used = Array.from({ length: count }, (_, index) => index).filter((index) =>
    lines.some((line) => line[index]?.trim()),
  );
  let room = width;
  const kept = used.filter((index, position) => {
    const cells = lines.map((line) => textWidth(line[index] ?? "", px(TYPE.small), 500));
    room -=
      Math.min(Math.max(textWidth(names[index] ?? "", px(TYPE.tiny)), ...cells) * 1.06, px(index === 0 ? 170 : 260)) +
      px(24);
    return position < 2 || room >= 0;
  });
  const pick = (line: readonly string[]): string[] => kept.map((index) => line[index] ?? "");
  return { title, columns: pick(names), rows: lines.map(pick) };
}

function cellsOf(
  theme: Theme,
  places: readonly Area[],
  cells: readonly string[],
  numeric: readonly boolean[],
  size: number,
  isHead: boolean,
): SceneNode[] {
  return cells.map((words, index) => {
    const color = isHead ? theme.faint : index === 0 ? theme.text : theme.soft;
    const align = numeric[index] ? "right" : "left";
    const options = { size, color, align, tabular: true, weight: !isHead && index === 0 ? 500 : 400 } as const;
    const vertical = isHead ? "flex-start" : "center";
    return place(places[index]!, { justifyContent: vertical }, [text(words, { ...options, style: { width: "100%" } })]);
  });
}

function rules(theme: Theme, area: Area, lines: readonly Area[]): SceneNode {
  const stroke = { stroke: theme.hairline, strokeWidth: theme.px(1.5) };
  const shapes = lines.map(({ y }) => ({ path: linePath({ x: 0, y }, { x: area.width, y }), ...stroke }));
  return vector(local(area), shapes);
}

/** Figures take what they need, words share the rest. */
function trackWidths(
  theme: Theme,
  width: number,
  table: Table,
  shown: readonly (readonly string[])[],
  count: number,
  numeric: readonly boolean[],
): number[] {
  const { px } = theme;
  const natural = Array.from({ length: count }, (_, index) => {
    const cells = shown.map((row) => textWidth(row[index] ?? "", px(TYPE.small), 500));
    return Math.max(textWidth(table.columns[index] ?? "", px(TYPE.tiny)), ...cells) * 1.06 + px(4);
  });
  const room = width - px(20) * (count - 1);
  const fixed = natural.reduce((sum, track, index) => sum + (numeric[index] ? track : 0), 0);
  const words = natural.reduce((sum, track, index) => sum + (numeric[index] ? 0 : track), 0);
  if (words === 0 || fixed > room * 0.75) return natural.map(() => room / count);
  return natural.map((track, index) => (numeric[index] ? track : ((room - fixed) * track) / words));
}

function isNumeric(cells: readonly string[]): boolean {
  return (
    cells.length > 0 &&
    cells.every((cell) => /^[\s\d.,+\-−–%°/:]*\d[\s\d.,+\-−–%°/:]*[^\d\s]{0,3}(?:\/s)?$/.test(cell) || cell === "")
  );
}
