import type { SceneNode } from "@berth/sdk";
import { type Area, columns, local, rows, share } from "../draw/area.ts";
import { place, text, vector } from "../draw/nodes.ts";
import { linePath } from "../draw/paths.ts";
import { textWidth } from "../draw/text-width.ts";
import { TYPE, type Theme } from "../draw/theme.ts";
import { type Line, splitLine } from "./split-line.ts";

export interface LinesOptions {
  align?: "left" | "center";
  /** Sizes to choose from, units, falling. */
  sizes?: readonly number[];
  weight?: number;
  /** Whether lines are ruled, and `label: value` is set to both sides. */
  ruled?: boolean;
  /** Where few lines stand in a taller area. Default `top`. */
  vertical?: "top" | "middle" | "bottom";
}

/** How lines will be set: for whoever must know how tall they are before they are drawn. */
export interface LinesPlan {
  size: number;
  /** What is shown, in one or two columns. */
  columns: PlannedLine[][];
  /** Pixels of the tallest column. */
  height: number;
}

interface PlannedLine {
  line: string;
  /** How many rows a long line may take. */
  rows: number;
  height: number;
}

const SIZES = [64, TYPE.title, 48, TYPE.lead, 37, TYPE.body, 29, TYPE.small];
/** Down to this size lines are kept whole by setting them smaller; below it long ones are broken instead. */
const COMFORTABLE = 37;
const MOST_ROWS = 3;
const ROW_HEIGHT = 1.28;

/**
 * All lines at the largest size at which they fit, long ones broken where that keeps them readable; at the smallest size in two
 * columns, and what is still left is counted.
 */
export function planLines(theme: Theme, area: Area, lines: readonly string[], options: LinesOptions = {}): LinesPlan {
  const { px } = theme;
  const kept = lines.filter((line) => line.trim() !== "");
  const sizes = (options.sizes ?? SIZES).map(px);
  const whole = sizes.find((size) => size >= px(COMFORTABLE) && fits(plan(kept, area.width, size, 1, options), area));
  if (whole !== undefined) return single(plan(kept, area.width, whole, 1, options), whole);
  const broken = sizes.find((size) => size <= px(48) && fits(plan(kept, area.width, size, MOST_ROWS, options), area));
  if (broken !== undefined) return single(plan(kept, area.width, broken, MOST_ROWS, options), broken);
  return crowded(theme, area, kept, sizes.at(-1)!, options);
}

export function linesBlock(theme: Theme, area: Area, lines: readonly string[], options: LinesOptions = {}): SceneNode {
  const planned = planLines(theme, area, lines, options);
  const height = Math.min(area.height, planned.height);
  const slack = { top: 0, middle: 0.5, bottom: 1 }[options.vertical ?? "top"];
  const box = { ...area, y: area.y + (area.height - height) * slack, height };
  const tracks = columns(
    local(box),
    planned.columns.map(() => share()),
    theme.px(72),
  );
  return place(
    box,
    {},
    planned.columns.map((part, index) => lineColumn(theme, tracks[index]!, part, planned.size, options)),
  );
}

function plan(
  lines: readonly string[],
  width: number,
  size: number,
  mostRows: number,
  options: LinesOptions,
): (PlannedLine & { isCut: boolean })[] {
  const { ruled = false, weight = 400 } = options;
  const read = readLines(lines, options);
  const lead = leadWidth(read, size);
  return read.map(({ label, lead: time, value }, index) => {
    const line = lines[index]!;
    const isPair = ruled && label !== undefined;
    const words = time === undefined ? textWidth(line, size, weight) : textWidth(value, size, weight);
    const room = isPair ? width - size : time === undefined ? width : width - lead;
    // Words do not fill a row to its end, so that a broken line needs a little more than its length says.
    const needed = words <= room ? 1 : Math.ceil((words * 1.12) / Math.max(1, room));
    const rows = isPair ? 1 : Math.min(mostRows, needed);
    return { line, rows, isCut: needed > rows, height: size * (rows * ROW_HEIGHT + (ruled ? 0.62 : 0.36)) };
  });
}

function fits(planned: readonly (PlannedLine & { isCut: boolean })[], area: Area): boolean {
  return planned.every(({ isCut }) => !isCut) && heightOf(planned) <= area.height;
}

function single(planned: PlannedLine[], size: number): LinesPlan {
  return { size, columns: [planned], height: heightOf(planned) };
}

/** One row a line, two columns where the sheet is broad, and a count of what is left out. */
function crowded(theme: Theme, area: Area, lines: readonly string[], size: number, options: LinesOptions): LinesPlan {
  const height = size * (ROW_HEIGHT + (options.ruled ? 0.62 : 0.36));
  const perColumn = Math.max(1, Math.floor(area.height / height));
  const count = lines.length > perColumn && area.width > theme.px(900) ? 2 : 1;
  const room = perColumn * count;
  const shown = lines.length > room ? [...lines.slice(0, room - 1), `and ${lines.length - room + 1} more`] : lines;
  const perShown = Math.max(1, Math.ceil(shown.length / count));
  const parts = Array.from({ length: count }, (_, index) => shown.slice(index * perShown, (index + 1) * perShown));
  return {
    size,
    columns: parts.map((part) => part.map((line) => ({ line, rows: 1, height }))),
    height: perShown * height,
  };
}

function heightOf(planned: readonly PlannedLine[]): number {
  return planned.reduce((sum, { height }) => sum + height, 0);
}

/** A longer label stays with its line. */
const MOST_LEADING_LABEL = 18;

/** Lines that are not ruled show their labels as they show times: in a column of their own, where most lines have one. */
function readLines(lines: readonly string[], { ruled, align }: LinesOptions): Line[] {
  const read = lines.map(splitLine);
  const labelled = read.filter(({ label }) => label !== undefined && label.length <= MOST_LEADING_LABEL);
  if (ruled || align === "center" || labelled.length < 2 || labelled.length * 2 < lines.length) return read;
  return read.map((line) =>
    labelled.includes(line) ? { whole: line.whole, lead: line.label!, value: line.value } : line,
  );
}

function leadWidth(lines: readonly Line[], size: number): number {
  return Math.max(0, ...lines.map(({ lead }) => (lead === undefined ? 0 : textWidth(lead, size) + size * 0.9)));
}

function lineColumn(
  theme: Theme,
  area: Area,
  planned: readonly PlannedLine[],
  size: number,
  options: LinesOptions,
): SceneNode {
  const tracks = rows(
    { ...local(area), height: heightOf(planned) },
    planned.map(({ height }) => height),
    0,
  );
  const split = readLines(
    planned.map(({ line }) => line),
    options,
  );
  const style = { ...options, size, lead: leadWidth(split, size) };
  return place(area, {}, [
    ...(options.ruled ? [rules(theme, area, tracks.slice(0, -1))] : []),
    ...split.map((line, index) => lineNode(theme, tracks[index]!, line, { ...style, rows: planned[index]!.rows })),
  ]);
}

interface LineStyle extends LinesOptions {
  size: number;
  /** Pixels that times at the start of lines take. */
  lead: number;
  rows: number;
}

function lineNode(theme: Theme, area: Area, line: Line, style: LineStyle): SceneNode {
  const { size, align = "left", weight = 400, ruled, lead } = style;
  const full = { size, weight, align, lines: style.rows, lineHeight: ROW_HEIGHT, style: { width: "100%" } };
  const middle = { justifyContent: "center" };
  if (align === "center") return place(area, middle, [text(line.whole, full)]);
  if (line.lead !== undefined) {
    const [time, rest] = columns(local(area), [lead, share()], 0);
    return place(area, {}, [
      place(time!, middle, [text(line.lead, { size, color: theme.soft, weight: 300, tabular: true })]),
      place(rest!, middle, [text(line.value, full)]),
    ]);
  }
  if (line.label === undefined || !ruled) return place(area, middle, [text(line.whole, full)]);
  return place(area, { flexDirection: "row", alignItems: "center", justifyContent: "space-between", gap: size }, [
    text(line.label, { size, color: theme.soft, style: { flexShrink: 1 } }),
    text(line.value, { size, weight: 500, tabular: true, align: "right", style: { flexShrink: 1 } }),
  ]);
}

function rules(theme: Theme, area: Area, tracks: readonly Area[]): SceneNode {
  const stroke = { stroke: theme.hairline, strokeWidth: theme.px(1.5) };
  const at = tracks.map(({ y, height }) => y + height);
  return vector(
    local(area),
    at.map((y) => ({ path: linePath({ x: 0, y }, { x: area.width, y }), ...stroke })),
  );
}
