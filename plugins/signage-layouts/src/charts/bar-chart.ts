import type { SceneNode, Series, SeriesPoint, VectorShape } from "@berth/sdk";
import { type Area, local } from "../draw/area.ts";
import { place, vector } from "../draw/nodes.ts";
import { formatValue } from "../draw/numbers.ts";
import { barPath, linePath } from "../draw/paths.ts";
import { textWidth } from "../draw/text-width.ts";
import { TYPE, type Theme, statusColour, withAlpha } from "../draw/theme.ts";
import { LabelBoard, everyNth } from "./label-board.ts";
import { noData } from "./no-data.ts";
import { type Scale, scaleOf } from "./scale.ts";

/** More bars than this are hairs; the latest are kept, as a history is read from its end. */
const MOST_BARS = 96;
/** Among more bars than this a nought above each empty place is noise. */
const MOST_ZEROES = 14;

/** Values by category or interval as columns with rounded tops, each with its value above where there is room. */
export function barChart(theme: Theme, area: Area, series: Series, colour: string): SceneNode {
  const points = series.points.slice(-MOST_BARS);
  const values = points.flatMap(({ value }) => (value === null || !Number.isFinite(value) ? [] : [value]));
  if (values.length === 0) return noData(theme, area);
  const ticks = Math.min(4, Math.max(1, Math.floor(area.height / theme.px(95))));
  const scale = scaleOf(values, ticks, { zero: true });
  return place(area, {}, new BarChart(theme, local(area), series, points, scale, colour).nodes());
}

class BarChart {
  readonly #theme: Theme;
  readonly #series: Series;
  readonly #points: readonly SeriesPoint[];
  readonly #scale: Scale;
  readonly #colour: string;
  readonly #plot: Area;
  readonly #board: LabelBoard;
  readonly #size: number;
  /** Whether each bar says its value; where there is no room for that, an axis says it. */
  readonly #hasValues: boolean;

  constructor(theme: Theme, area: Area, series: Series, points: readonly SeriesPoint[], scale: Scale, colour: string) {
    this.#theme = theme;
    this.#series = series;
    this.#points = points;
    this.#scale = scale;
    this.#colour = colour;
    this.#size = theme.px(TYPE.tiny);
    const head = this.#size * 1.25 + theme.px(10);
    const foot = this.#size * 1.25 + theme.px(18);
    this.#hasValues =
      everyNth(
        points.length,
        this.#widest((point) => this.#say(point)),
        area.width,
      ) === 1;
    const axis = this.#hasValues ? 0 : this.#widestTick();
    this.#plot = { x: axis, y: head, width: area.width - axis, height: Math.max(1, area.height - head - foot) };
    this.#board = new LabelBoard(area, theme.px(8));
  }

  nodes(): SceneNode[] {
    const { x, width } = this.#plot;
    const shapes = this.#grid();
    const labelStep = everyNth(
      this.#points.length,
      this.#widest(({ at }) => at),
      width,
    );
    this.#points.forEach((point, index) => {
      if (point.value !== null && Number.isFinite(point.value)) shapes.push(this.#bar(point, point.value, index));
      if (this.#hasValues) this.#writeValue(point, index);
      if (index % labelStep === 0)
        this.#write(point.at, index, this.#plot.y + this.#plot.height + this.#theme.px(16), this.#theme.faint);
    });
    const sheet = { x: 0, y: 0, width: x + width, height: this.#plot.y + this.#plot.height + 2 };
    return [vector(sheet, shapes), ...this.#board.nodes];
  }

  #grid(): VectorShape[] {
    const { x, width } = this.#plot;
    const line = { stroke: this.#theme.hairline, strokeWidth: this.#theme.px(1.5) };
    return (this.#hasValues ? [0] : this.#scale.ticks).map((tick) => {
      const y = this.#y(tick);
      const label = { x: 0, y: y - this.#size * 0.625, width: x - this.#theme.px(16), height: this.#size * 1.25 };
      if (!this.#hasValues)
        this.#board.put(this.#tick(tick), [label], { size: this.#size, color: this.#theme.faint }, "right");
      return { path: linePath({ x, y }, { x: x + width, y }), ...line };
    });
  }

  #tick(tick: number): string {
    return formatValue(tick, { locale: this.#theme.frame.locale, unit: this.#shortUnit, step: this.#scale.step });
  }

  #widestTick(): number {
    return (
      Math.max(...this.#scale.ticks.map((tick) => textWidth(this.#tick(tick), this.#size))) * 1.05 + this.#theme.px(20)
    );
  }

  get #shortUnit(): string {
    const { unit = "" } = this.#series;
    return unit.length <= 2 ? unit : "";
  }

  get #slot(): number {
    return this.#plot.width / this.#points.length;
  }

  #y(value: number): number {
    return this.#plot.y + this.#scale.y(value, this.#plot.height);
  }

  #bar(point: SeriesPoint, value: number, index: number): VectorShape {
    const width = Math.min(this.#slot * 0.62, this.#theme.px(84));
    const x = this.#plot.x + (index + 0.5) * this.#slot - width / 2;
    const zero = this.#y(0);
    const height = Math.max(Math.abs(this.#y(value) - zero), this.#theme.px(3));
    const colour = statusColour(point.status, this.#colour);
    // Nothing is shown as nothing: a stub in full colour would read as a little.
    const fill = value === 0 ? this.#theme.track : { from: withAlpha(colour, 0.95), to: withAlpha(colour, 0.5) };
    return { path: barPath(x, value < 0 ? zero : zero - height, width, height, this.#theme.px(10), value < 0), fill };
  }

  #say({ value }: SeriesPoint): string {
    if (value === null || !Number.isFinite(value)) return "";
    return formatValue(value, { locale: this.#theme.frame.locale, unit: this.#shortUnit });
  }

  #widest(words: (point: SeriesPoint) => string): number {
    return (
      Math.max(...this.#points.map((point) => textWidth(words(point), this.#size, 500))) * 1.05 + this.#theme.px(16)
    );
  }

  #writeValue(point: SeriesPoint, index: number): void {
    if (point.value === null || (point.value === 0 && this.#points.length > MOST_ZEROES)) return;
    const top = Math.min(this.#y(Math.max(0, point.value)), this.#y(0)) - this.#size * 1.25 - this.#theme.px(8);
    this.#write(this.#say(point), index, Math.max(0, top), this.#theme.soft);
  }

  #write(label: string, index: number, y: number, color: string): void {
    const style = { size: this.#size, weight: 500, color };
    this.#board.put(label, [this.#board.centred(label, this.#plot.x + (index + 0.5) * this.#slot, y, style)], style);
  }
}
