import type { SceneNode, Series, VectorShape } from "@berth/sdk";
import { type Area, local } from "../draw/area.ts";
import { place, vector } from "../draw/nodes.ts";
import { formatValue } from "../draw/numbers.ts";
import { type Point, circlePath, linePath, smoothPath } from "../draw/paths.ts";
import { textWidth } from "../draw/text-width.ts";
import { TYPE, type Theme, withAlpha } from "../draw/theme.ts";
import { LabelBoard, everyNth, roundLabels } from "./label-board.ts";
import { noData } from "./no-data.ts";
import { type Sample, samplesOf } from "./samples.ts";
import { type Scale, scaleOf } from "./scale.ts";

export interface LineChartOptions {
  /** The first is drawn with a filled area. All share one axis. */
  series: readonly Series[];
  colours: readonly string[];
  /** The point to be marked: now, at the start of a forecast or the end of a history. */
  mark?: "first" | "last";
  /** What the line of reference is called, such as `Previous close 187.20`. */
  baselineLabel?: string;
  /** Whether the highest and lowest value are written at their points. Default true. */
  extremes?: boolean;
}

/** Values over time: soft area, smooth line, round axis, labels that keep clear of each other. */
export function lineChart(theme: Theme, area: Area, options: LineChartOptions): SceneNode {
  const lines = options.series.map(samplesOf).filter((samples) => samples.some(({ value }) => value !== null));
  if (lines.length === 0) return noData(theme, area);
  return place(area, {}, new LineChart(theme, local(area), options, lines).nodes());
}

const LABEL = TYPE.tiny;
/** Room at the right for the halo of a marked point. */
const EDGE = 18;

class LineChart {
  readonly #theme: Theme;
  readonly #options: LineChartOptions;
  readonly #lines: Sample[][];
  readonly #scale: Scale;
  readonly #plot: Area;
  readonly #board: LabelBoard;
  readonly #shapes: VectorShape[] = [];
  readonly #size: number;

  constructor(theme: Theme, area: Area, options: LineChartOptions, lines: Sample[][]) {
    this.#theme = theme;
    this.#options = options;
    this.#lines = lines;
    this.#size = theme.px(LABEL);
    const baseline = options.series[0]?.baseline;
    const values = lines.flatMap((line) => line.flatMap(({ value }) => (value === null ? [] : [value])));
    const ticks = Math.min(4, Math.max(1, Math.floor(area.height / theme.px(95))));
    this.#scale = scaleOf(baseline === undefined ? values : [...values, baseline], ticks, { zero: this.#isShare });
    const axis =
      Math.max(...this.#scale.ticks.map((tick) => textWidth(this.#say(tick), this.#size))) * 1.05 + theme.px(20);
    const head = theme.px(options.extremes === false ? 16 : 50);
    const foot = this.#size * 1.25 + theme.px(18);
    this.#plot = {
      x: axis,
      y: head,
      width: Math.max(1, area.width - axis - theme.px(EDGE)),
      height: Math.max(1, area.height - head - foot),
    };
    this.#board = new LabelBoard(area, theme.px(14));
  }

  nodes(): SceneNode[] {
    this.#drawGrid();
    this.#lines.forEach((line, index) => this.#drawLine(line, this.#colour(index), index === 0));
    this.#drawMark();
    this.#drawBaseline();
    if (this.#options.extremes !== false) this.#drawExtremes();
    this.#writeTimes();
    const sheet = {
      x: 0,
      y: 0,
      width: this.#plot.x + this.#plot.width + this.#theme.px(EDGE),
      height: this.#bottom + this.#theme.px(EDGE),
    };
    return [vector(sheet, this.#shapes), ...this.#board.nodes];
  }

  get #bottom(): number {
    return this.#plot.y + this.#plot.height;
  }

  get #isShare(): boolean {
    return this.#options.series[0]?.unit === "%";
  }

  #colour(index: number): string {
    return this.#options.colours[index % this.#options.colours.length] ?? this.#theme.accent;
  }

  #say(value: number, step: number = this.#scale.step): string {
    const unit = this.#options.series[0]?.unit;
    // Long units would be read five times on one axis; the heading says them once.
    const short = unit !== undefined && unit.length <= 2 ? unit : "";
    return formatValue(value, { locale: this.#theme.frame.locale, unit: short, step });
  }

  /** How finely single values are told: a tenth of the span, and finer where the span is small beside the values. */
  get #fineStep(): number {
    const { low, high } = this.#scale;
    const span = high - low;
    return 10 ** Math.floor(Math.log10(span < Math.abs(high) * 0.05 ? span / 100 : span / 10));
  }

  #x(line: readonly Sample[], index: number): number {
    const { x, width } = this.#plot;
    return x + (line.length < 2 ? width / 2 : (width * line[index]!.position) / Math.max(1, line.at(-1)!.position));
  }

  #y(value: number): number {
    return this.#plot.y + this.#scale.y(value, this.#plot.height);
  }

  #drawGrid(): void {
    const { x, width } = this.#plot;
    const baseline = this.#options.series[0]?.baseline;
    for (const tick of this.#scale.ticks) {
      const y = this.#y(tick);
      // Two lines side by side would read as one thick line.
      if (baseline !== undefined && Math.abs(this.#y(baseline) - y) < this.#size && tick !== this.#scale.low) continue;
      const stroke = { stroke: this.#theme.hairline, strokeWidth: this.#theme.px(1.5) };
      this.#shapes.push({ path: linePath({ x, y }, { x: x + width, y }), ...stroke });
      const label = { x: 0, y: y - this.#size * 0.625, width: x - this.#theme.px(16), height: this.#size * 1.25 };
      this.#board.put(this.#say(tick), [label], { size: this.#size, color: this.#theme.faint }, "right");
    }
  }

  #drawLine(line: readonly Sample[], colour: string, filled: boolean): void {
    const stroke = { stroke: colour, strokeWidth: this.#theme.px(filled ? 5 : 4), cap: "round" as const };
    for (const run of this.#runs(line)) {
      const [first, last] = [run[0]!, run.at(-1)!];
      const path = smoothPath(run);
      if (run.length === 1) this.#shapes.push({ path: circlePath(first, this.#theme.px(5)), fill: colour });
      else {
        if (filled) {
          const close = `L${last.x.toFixed(2)} ${this.#bottom.toFixed(2)}L${first.x.toFixed(2)} ${this.#bottom.toFixed(2)}Z`;
          this.#shapes.push({
            path: path + close,
            fill: { from: withAlpha(colour, 0.42), to: withAlpha(colour, 0.02) },
          });
        }
        this.#shapes.push({ path, ...stroke });
      }
    }
  }

  /** The stretches between gaps. */
  #runs(line: readonly Sample[]): Point[][] {
    const runs: Point[][] = [[]];
    line.forEach(({ value }, index) => {
      if (value === null) runs.push([]);
      else runs.at(-1)!.push({ x: this.#x(line, index), y: this.#y(value) });
    });
    return runs.filter((run) => run.length > 0);
  }

  #drawBaseline(): void {
    const baseline = this.#options.series[0]?.baseline;
    if (baseline === undefined || !Number.isFinite(baseline)) return;
    const { px, soft } = this.#theme;
    const { x, width } = this.#plot;
    const y = this.#y(baseline);
    const dash = { dash: [px(10), px(10)], stroke: soft, strokeWidth: px(2.5) };
    this.#shapes.push({ path: linePath({ x, y }, { x: x + width, y }), ...dash });
    const label = this.#options.baselineLabel ?? this.#say(baseline, this.#fineStep);
    const style = { size: this.#size, weight: 500, color: soft };
    const wide = this.#board.centred(label, x + width, 0, style);
    const area = { ...wide, x: x + width - wide.width };
    const above = y - area.height - px(4);
    const below = y + px(4);
    // On the side of the line where the curve is not.
    const near = this.#lines[0]!.slice(-Math.ceil(this.#lines[0]!.length / 5)).map(({ value }) => value ?? baseline);
    const curveIsAbove = near.reduce((sum, value) => sum + value - baseline, 0) > 0;
    const tops = (curveIsAbove ? [below, above] : [above, below]).filter((top) => top + area.height <= this.#bottom);
    this.#board.put(
      label,
      tops.map((top) => ({ ...area, y: top })),
      style,
      "right",
    );
  }

  #drawMark(): void {
    const line = this.#lines[0]!;
    if (this.#options.mark === undefined) return;
    const indexes = line.flatMap(({ value }, index) => (value === null ? [] : [index]));
    const index = this.#options.mark === "first" ? indexes[0]! : indexes.at(-1)!;
    const centre = { x: this.#x(line, index), y: this.#y(line[index]!.value!) };
    const { px } = this.#theme;
    const halo = px(17);
    this.#board.reserve({ x: centre.x - halo, y: centre.y - halo, width: 2 * halo, height: 2 * halo });
    this.#shapes.push({ path: circlePath(centre, halo), fill: withAlpha(this.#colour(0), 0.3) });
    this.#shapes.push({ path: circlePath(centre, px(8.5)), fill: "#ffffff" });
  }

  #drawExtremes(): void {
    const line = this.#lines[0]!;
    const known = line.flatMap(({ value }, index) => (value === null ? [] : [{ value, index }]));
    if (known.length < 4) return;
    const highest = known.reduce((best, point) => (point.value > best.value ? point : best));
    const lowest = known.reduce((best, point) => (point.value < best.value ? point : best));
    if (highest.value === lowest.value) return;
    for (const { value, index } of [highest, lowest]) this.#drawExtreme(line, index, value, value === highest.value);
  }

  #drawExtreme(line: readonly Sample[], index: number, value: number, above: boolean): void {
    const { px, text } = this.#theme;
    const centre = { x: this.#x(line, index), y: this.#y(value) };
    const style = { size: px(TYPE.small), weight: 600, color: text };
    const label = this.#say(value, this.#fineStep);
    const over = centre.y - style.size * 1.25 - px(12);
    const under = centre.y + px(12);
    const tops = above ? [over] : [under, over].filter((top) => top + style.size * 1.25 <= this.#bottom - px(2));
    const wanted = tops
      .map((top) => this.#board.centred(label, centre.x, top, style))
      .filter((area) => this.#isClear(line, area));
    if (this.#board.put(label, wanted, style)) {
      this.#shapes.push({ path: circlePath(centre, px(6)), fill: "#ffffff" });
    }
  }

  /** Whether the curve keeps out of `area`, a word's breadth to both sides. */
  #isClear(line: readonly Sample[], { x, y, width, height }: Area): boolean {
    const margin = this.#theme.px(5);
    return line.every(({ value }, index) => {
      const at = this.#x(line, index);
      if (value === null || at < x - margin || at > x + width + margin) return true;
      const curve = this.#y(value);
      return curve < y - margin || curve > y + height;
    });
  }

  #writeTimes(): void {
    const line = this.#lines[0]!;
    const style = { size: this.#size, color: this.#theme.faint };
    const widest = Math.max(...line.map(({ at }) => textWidth(at, this.#size))) * 1.04 + this.#theme.px(48);
    const { first, step } = roundLabels(
      line.map(({ at }) => at),
      everyNth(line.length, widest, this.#plot.width),
    );
    for (let index = first; index < line.length; index += step) {
      const { at } = line[index]!;
      const wanted = this.#board.centred(at, this.#x(line, index), this.#bottom + this.#theme.px(16), style);
      this.#board.put(at, [wanted], style);
    }
  }
}
