import type { SceneNode, Series } from "@berth/sdk";
import { barChart } from "../charts/bar-chart.ts";
import { type LineChartOptions, lineChart } from "../charts/line-chart.ts";
import { type RangePoint, rangeColumns } from "../charts/range-columns.ts";
import { type ShareBar, shareBars } from "../charts/share-bars.ts";
import type { Area } from "../draw/area.ts";
import { formatValue } from "../draw/numbers.ts";
import { colourDistance, statusColour, type Theme } from "../draw/theme.ts";
import { panel } from "./panel.ts";

/** Colours of the second and further lines in one chart. */
const FURTHER_COLOURS = ["#ffcf8a", "#b9a6ff", "#7fe0c3", "#8fc7ff"];

/** The accent, then the colours that are easiest to tell from it. */
export function seriesColours({ accent }: Theme): string[] {
  const others = FURTHER_COLOURS.toSorted((a, b) => colourDistance(b, accent) - colourDistance(a, accent));
  return [accent, ...others.slice(0, 3)];
}

/** Series that can share one chart: same unit, same times, both lines. */
export function alike(a: Series, b: Series): boolean {
  if (a.kind === "bar" || b.kind === "bar" || (a.unit ?? "") !== (b.unit ?? "")) return false;
  return a.points.length === b.points.length && a.points.every(({ at }, index) => at === b.points[index]!.at);
}

/** Series in the groups that are drawn together, most important first. */
export function chartGroups(series: readonly Series[]): Series[][] {
  const groups: Series[][] = [];
  for (const one of series) {
    const group = groups.find(([first, ...rest]) => alike(first!, one) && rest.length < 2);
    if (group) group.push(one);
    else groups.push([one]);
  }
  return groups;
}

/** A group of series on a pane with its name: the chart that its data asks for. */
export function chartPanel(
  theme: Theme,
  area: Area,
  group: readonly Series[],
  options: Omit<LineChartOptions, "series" | "colours"> = {},
): SceneNode {
  const colours = seriesColours(theme);
  const [first] = group;
  const unit = first!.unit && first!.unit.length > 2 ? ` (${first!.unit})` : "";
  const legend =
    group.length > 1 ? group.map(({ label }, index) => ({ label, colour: colours[index % colours.length]! })) : [];
  const title = group.length > 1 ? sharedTitle(group) + unit : first!.label + unit;
  return panel(theme, area, { title, legend }, (inner) => chart(theme, inner, group, colours, options));
}

function chart(
  theme: Theme,
  area: Area,
  group: readonly Series[],
  colours: readonly string[],
  options: Omit<LineChartOptions, "series" | "colours">,
): SceneNode {
  const [first] = group;
  const ranges = rangesOf(first!);
  if (ranges.length > 0) return rangeColumns(theme, area, ranges, first!.unit ?? "");
  if (first!.kind !== "bar") return lineChart(theme, area, { ...options, series: group, colours });
  const shares = sharesOf(theme, first!);
  return shares.length > 0 ? shareBars(theme, area, shares) : barChart(theme, area, first!, theme.accent);
}

/** What the names of the lines have in common, or all of them. */
function sharedTitle(group: readonly Series[]): string {
  const words = group.map(({ label }) => label.split(" "));
  const common = words[0]!.filter((word) => words.every((others) => others.includes(word)));
  return common.length > 0 && common.length < words[0]!.length
    ? capitalised(common.join(" "))
    : group.map(({ label }) => label).join(", ");
}

function capitalised(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function rangesOf(series: Series): RangePoint[] {
  const ranges = series.points.filter(
    (point): point is RangePoint => typeof point.value === "number" && typeof point.low === "number",
  );
  return ranges.length === series.points.length ? ranges : [];
}

/** Named shares, as of sources that succeed: percent, few, and with names too long to stand below a column. */
export function sharesOf(theme: Theme, series: Series): ShareBar[] {
  const { points, unit } = series;
  const isNamed = points.length > 0 && points.length <= 40 && points.some(({ at }) => at.length > 6);
  if (series.kind !== "bar" || unit !== "%" || !isNamed) return [];
  return points.map(({ at, value, status }) => ({
    label: at,
    value: value === null ? "–" : formatValue(value, { locale: theme.frame.locale, unit: "%" }),
    level: (value ?? 0) / 100,
    colour: statusColour(status, theme.accent),
  }));
}
