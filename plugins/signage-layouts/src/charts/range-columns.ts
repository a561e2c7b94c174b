import type { SceneNode, SeriesPoint } from "@berth/sdk";
import { type Area, columns, local, share } from "../draw/area.ts";
import { icon, place, text, vector } from "../draw/nodes.ts";
import { formatValue } from "../draw/numbers.ts";
import { barPath } from "../draw/paths.ts";
import { TYPE, type Theme } from "../draw/theme.ts";

export interface RangePoint extends SeriesPoint {
  value: number;
  low: number;
}

/** Cold to warm, for the ends of a range. */
const HIGH = "#ffd08a";
const LOW = "#8ec5ff";

/** Days side by side: name, sign, highest, a bar from highest to lowest against the whole span, lowest. */
export function rangeColumns(theme: Theme, area: Area, points: readonly RangePoint[], unit: string): SceneNode {
  const { px } = theme;
  const shown = points.slice(0, Math.max(1, Math.floor(area.width / px(112))));
  const top = Math.max(...shown.map(({ value }) => value));
  const bottom = Math.min(...shown.map(({ low }) => low));
  const span = Math.max(top - bottom, 1);
  const tracks = columns(
    local(area),
    shown.map(() => share()),
    px(8),
  );
  const hasIcons = shown.some((point) => point.icon) && area.height > px(235);
  const children = shown.map((point, index) => dayColumn(theme, tracks[index]!, point, { unit, top, span, hasIcons }));
  return place(area, {}, children);
}

interface DayScale {
  unit: string;
  top: number;
  span: number;
  hasIcons: boolean;
}

function dayColumn(theme: Theme, area: Area, point: RangePoint, { unit, top, span, hasIcons }: DayScale): SceneNode {
  const { px, frame } = theme;
  const line = px(TYPE.small) * 1.25;
  const iconSize = px(52);
  const head = line + (hasIcons ? iconSize + px(22) : px(8));
  const bar = Math.max(1, area.height - head - 2 * line - px(20));
  const y = head + line + px(6);
  const from = y + (bar * (top - point.value)) / span;
  const length = Math.max((bar * (point.value - point.low)) / span, px(14));
  const width = px(14);
  const x = area.width / 2 - width / 2;
  const say = (value: number): string => formatValue(value, { locale: frame.locale, unit, step: 1 });
  const at = (offset: number, node: SceneNode): SceneNode =>
    place({ x: 0, y: offset, width: area.width, height: line }, { alignItems: "center" }, [node]);
  const figure = { size: px(TYPE.small), tabular: true, align: "center" as const };
  return place(area, {}, [
    at(0, text(point.at, { ...figure, color: theme.soft, weight: 500 })),
    ...(hasIcons
      ? [
          place({ x: 0, y: line + px(10), width: area.width, height: iconSize }, { alignItems: "center" }, [
            icon(point.icon || "minus", iconSize, theme.text, 1.5),
          ]),
        ]
      : []),
    vector({ x: 0, y: 0, width: area.width, height: area.height }, [
      { path: barPath(x, y, width, bar, width / 2, true), fill: theme.track },
      {
        path: barPath(x, Math.min(from, y + bar - length), width, length, width / 2, true),
        fill: { from: HIGH, to: LOW },
      },
    ]),
    at(head, text(say(point.value), { ...figure, weight: 600 })),
    at(y + bar + px(6), text(say(point.low), { ...figure, color: theme.soft })),
  ]);
}
