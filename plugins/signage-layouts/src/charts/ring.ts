import type { SceneNode, Stat } from "@berth/sdk";
import { type Area, local } from "../draw/area.ts";
import { place, text, vector } from "../draw/nodes.ts";
import { clamp, withUnit } from "../draw/numbers.ts";
import { arcPath, circlePath } from "../draw/paths.ts";
import { fittingSize } from "../draw/text-width.ts";
import { TYPE, type Theme, statusColour } from "../draw/theme.ts";

/** A share of a whole as a ring that fills clockwise, its figure inside, its name below. */
export function ring(theme: Theme, area: Area, stat: Stat): SceneNode {
  const { px } = theme;
  const label = px(TYPE.small) * 1.3;
  const diameter = Math.max(px(40), Math.min(area.width, area.height - label - px(14)));
  const stroke = diameter * 0.085;
  const top = Math.max(0, (area.height - diameter - label - px(14)) / 2);
  const circle = { x: (area.width - diameter) / 2, y: top, width: diameter, height: diameter };
  const centre = { x: diameter / 2, y: diameter / 2 };
  const radius = (diameter - stroke) / 2;
  const level = clamp(stat.level ?? 0, 0, 1);
  const stroked = { strokeWidth: stroke, cap: "round" as const };
  const value = withUnit(stat.value, stat.unit ?? "");
  const sizes = [0.25, 0.22, 0.19, 0.16, 0.13].map((part) => diameter * part);
  return place(area, {}, [
    vector(circle, [
      { path: circlePath(centre, radius), stroke: theme.track, ...stroked },
      // Nothing used leaves the track alone: a round cap of length nought would look like one per cent.
      ...(level > 0.004
        ? [{ path: arcPath(centre, radius, level), stroke: statusColour(stat.status, theme.accent), ...stroked }]
        : []),
    ]),
    place(
      { ...circle, x: circle.x + stroke, width: diameter - 2 * stroke },
      { alignItems: "center", justifyContent: "center" },
      [
        text(value, {
          size: fittingSize(value, diameter * 0.7, sizes, 500),
          weight: 500,
          tabular: true,
          align: "center",
        }),
      ],
    ),
    place({ ...local(area), y: top + diameter + px(14), height: label }, { alignItems: "center" }, [
      text(stat.label, { size: px(TYPE.small), color: theme.soft, align: "center" }),
    ]),
  ]);
}
