import type { SceneNode, Series } from "@berth/sdk";
import { type Area, local } from "../draw/area.ts";
import { place, vector } from "../draw/nodes.ts";
import { type Point, circlePath, smoothPath } from "../draw/paths.ts";
import { type Theme, withAlpha } from "../draw/theme.ts";
import { samplesOf } from "./samples.ts";
import { scaleOf } from "./scale.ts";

/** A line without axes, for beside a figure. */
export function sparkline(theme: Theme, area: Area, series: Series, colour: string): SceneNode {
  const samples = samplesOf(series);
  const values = samples.flatMap(({ value }) => (value === null ? [] : [value]));
  if (values.length < 2) return place(area, {}, []);
  const { px } = theme;
  const { low, high } = { low: Math.min(...values), high: Math.max(...values) };
  const scale = scaleOf(low === high ? values : [low, high], 2);
  const { width, height } = local(area);
  const pad = px(9);
  const last = Math.max(1, samples.at(-1)!.position);
  const points: Point[] = samples.flatMap(({ value, position }) =>
    value === null
      ? []
      : [{ x: pad + ((width - 2 * pad) * position) / last, y: pad + scale.y(value, height - 2 * pad) }],
  );
  const path = smoothPath(points);
  const [first, end] = [points[0]!, points.at(-1)!];
  const fill = `${path}L${end.x.toFixed(2)} ${height.toFixed(2)}L${first.x.toFixed(2)} ${height.toFixed(2)}Z`;
  return place(area, {}, [
    vector(local(area), [
      { path: fill, fill: { from: withAlpha(colour, 0.34), to: withAlpha(colour, 0) } },
      { path, stroke: colour, strokeWidth: px(4), cap: "round" },
      { path: circlePath(end, px(6.5)), fill: "#ffffff" },
    ]),
  ]);
}
