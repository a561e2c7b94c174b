import type { SceneNode } from "@berth/sdk";
import { type Area, local, rows } from "../draw/area.ts";
import { place, text, vector } from "../draw/nodes.ts";
import { clamp } from "../draw/numbers.ts";
import { barPath } from "../draw/paths.ts";
import { TYPE, type Theme } from "../draw/theme.ts";

/** A named share. */
export interface ShareBar {
  label: string;
  value: string;
  /** 0 to 1. */
  level: number;
  colour: string;
}

/** Shares one below the other: name and figure over a bar. What does not fit is counted. */
export function shareBars(theme: Theme, area: Area, bars: readonly ShareBar[]): SceneNode {
  const { px } = theme;
  const least = px(48);
  const gap = px(7);
  const fit = Math.max(1, Math.floor((area.height + gap) / (least + gap)));
  const shown = bars.length > fit ? bars.slice(0, Math.max(1, fit - 1)) : bars;
  const height = Math.min(
    px(86),
    (area.height - gap * (fit - 1)) / Math.max(shown.length + (shown.length < bars.length ? 1 : 0), 1),
  );
  const lines = rows(
    local(area),
    Array.from({ length: shown.length }, () => Math.max(least, height)),
    gap,
  );
  const more = bars.length - shown.length;
  return place(area, {}, [
    ...shown.map((bar, index) => shareBar(theme, lines[index]!, bar)),
    ...(more > 0
      ? [
          place({ ...local(area), y: area.height - px(TYPE.tiny) * 1.3, height: px(TYPE.tiny) * 1.3 }, {}, [
            text(`and ${more} more`, { size: px(TYPE.tiny), color: theme.faint }),
          ]),
        ]
      : []),
  ]);
}

function shareBar(theme: Theme, area: Area, { label, value, level, colour }: ShareBar): SceneNode {
  const { px } = theme;
  const thick = px(9);
  const y = px(TYPE.small) * 1.3 + px(5);
  const filled = clamp(level, 0, 1) * area.width;
  return place(area, {}, [
    place(
      { ...local(area), height: px(TYPE.small) * 1.3 },
      { flexDirection: "row", justifyContent: "space-between", gap: px(16) },
      [
        text(label, { size: px(TYPE.small), color: theme.soft }),
        text(value, { size: px(TYPE.small), weight: 500, tabular: true, style: { flexShrink: 0 } }),
      ],
    ),
    vector({ x: 0, y, width: area.width, height: thick }, [
      { path: barPath(0, 0, area.width, thick, thick / 2, true), fill: theme.track },
      ...(filled > 0 ? [{ path: barPath(0, 0, Math.max(filled, thick), thick, thick / 2, true), fill: colour }] : []),
    ]),
  ]);
}
