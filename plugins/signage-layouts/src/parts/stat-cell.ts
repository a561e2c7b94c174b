import type { SceneNode, Stat } from "@berth/sdk";
import { compass } from "../charts/compass.ts";
import { type Area, cells, inset, local } from "../draw/area.ts";
import { column, icon, pane, place, row, text, vector } from "../draw/nodes.ts";
import { clamp } from "../draw/numbers.ts";
import { barPath, linePath } from "../draw/paths.ts";
import { textWidth } from "../draw/text-width.ts";
import { TYPE, type Theme, statusColour } from "../draw/theme.ts";

/** Narrower than this a figure and its name cannot be read. */
const LEAST_WIDTH = 224;
const CELL_HEIGHT = 118;

/** Pixels a strip of figures takes at `width`, at most `mostRows` rows of it. */
export function stripHeight(theme: Theme, stats: readonly Stat[], width: number, mostRows: number): number {
  if (stats.length === 0) return 0;
  const lines = Math.min(mostRows, Math.ceil(stats.length / mostPerRow(theme, stats, width)));
  return theme.px(CELL_HEIGHT) * lines + theme.px(16) * (lines - 1);
}

/** Rows of figures a sheet can spare: one where it is wide, more the taller it is. */
export function stripRows({ frame, px, wide }: Theme): number {
  return wide ? 1 : Math.max(1, Math.min(3, Math.floor(frame.height / px(620))));
}

/** Figures side by side, hairlines between them; what does not fit is left out from the end, the least important. */
export function statStrip(theme: Theme, area: Area, stats: readonly Stat[]): SceneNode {
  const { px } = theme;
  const most = mostPerRow(theme, stats, area.width);
  const lines = Math.max(1, Math.floor((area.height + px(16)) / px(CELL_HEIGHT + 16)));
  const perRow = Math.min(most, Math.ceil(stats.length / Math.min(lines, Math.ceil(stats.length / most))));
  const shown = stats.slice(0, perRow * lines);
  const places = cells(local(area), Math.ceil(shown.length / perRow) * perRow, perRow, px(16));
  return place(
    area,
    {},
    shown.map((stat, index) => statCell(theme, places[index]!, stat, index % perRow > 0)),
  );
}

/** So many that even the longest figure can be read whole at the smallest size. */
function mostPerRow(theme: Theme, stats: readonly Stat[], width: number): number {
  const { px } = theme;
  const smallest = px(VALUE_SIZES.at(-1)!);
  const widths = stats.map(
    ({ value, unit = "" }) => textWidth(value, smallest, 500) + (unit ? textWidth(unit, smallest * 0.7) : 0),
  );
  const least = Math.min(px(LEAST_WIDTH) * 2, Math.max(px(LEAST_WIDTH), Math.max(0, ...widths) * 1.05 + px(44)));
  return Math.max(1, Math.floor(width / least));
}

const VALUE_SIZES = [46, 40, 35, 30];

function statCell(theme: Theme, area: Area, stat: Stat, withRule: boolean): SceneNode {
  const { px } = theme;
  const indent = withRule ? px(28) : 0;
  const inner = { x: indent, y: 0, width: area.width - indent - px(8), height: area.height };
  return place(area, {}, [
    ...(withRule ? [rule(theme, area)] : []),
    // From the top, so that figures with and without a bar stand on one line.
    place(inner, {}, [
      row({ gap: px(12), height: px(36), flexShrink: 0 }, [
        // A name cut short says less than one without its sign.
        ...(textWidth(stat.label, px(TYPE.tiny)) + px(44) > inner.width ? [] : statSign(theme, stat)),
        text(stat.label, { size: px(TYPE.tiny), color: theme.soft }),
      ]),
      row({ height: px(62), flexShrink: 0, alignItems: "flex-end" }, [statValue(theme, stat, inner.width)]),
      ...(stat.level === undefined ? [] : [gapFor(px(8)), levelBar(theme, inner.width, stat)]),
    ]),
  ]);
}

function rule(theme: Theme, { height }: Area): SceneNode {
  const { px } = theme;
  const line = linePath({ x: 1, y: px(6) }, { x: 1, y: height - px(18) });
  return vector({ x: 0, y: 0, width: 2, height }, [{ path: line, stroke: theme.hairline, strokeWidth: px(1.5) }]);
}

/** A compass for a bearing, else the icon. */
export function statSign(theme: Theme, stat: Stat, size = theme.px(30)): SceneNode[] {
  if (stat.angle !== undefined && Number.isFinite(stat.angle)) return [compass(theme, size, stat.angle)];
  return stat.icon ? [icon(stat.icon, size, theme.soft, 2)] : [];
}

/** The figure with its unit, as large as the width lets it be. */
export function statValue(theme: Theme, stat: Stat, width: number, sizes: readonly number[] = VALUE_SIZES): SceneNode {
  const { px } = theme;
  const { value, unit = "" } = stat;
  const isClose = /^[°%′″]/.test(unit);
  const whole = (size: number): number =>
    textWidth(value, size, 500) + (unit ? textWidth(unit, isClose ? size : size * 0.62, 400) + size * 0.2 : 0);
  const size = sizes.map(px).find((candidate) => whole(candidate) <= width * 0.97) ?? px(sizes.at(-1)!);
  const colour = statusColour(stat.status, theme.text);
  const unitSize = isClose ? size : size * 0.62;
  const unitStyle = { flexShrink: 8, marginBottom: isClose ? 0 : size * 0.07 };
  return row({ gap: isClose ? 0 : size * 0.18, alignItems: "flex-end" }, [
    text(value, { size, weight: 500, color: colour, tabular: true, lineHeight: 1.2 }),
    ...(unit
      ? [text(unit, { size: unitSize, color: isClose ? colour : theme.soft, lineHeight: 1.2, style: unitStyle })]
      : []),
  ]);
}

/** A share of a whole as a thin bar. */
export function levelBar(theme: Theme, width: number, stat: Stat): SceneNode {
  const { px } = theme;
  const thick = px(8);
  const length = Math.max(thick, Math.min(width - px(24), px(460)));
  const filled = clamp(stat.level ?? 0, 0, 1) * length;
  const colour = statusColour(stat.status, theme.accent);
  return column({ position: "relative", width: length, height: thick, flexShrink: 0 }, [
    vector({ x: 0, y: 0, width: length, height: thick }, [
      { path: barPath(0, 0, length, thick, thick / 2, true), fill: theme.track },
      ...(filled > 0 ? [{ path: barPath(0, 0, Math.max(filled, thick), thick, thick / 2, true), fill: colour }] : []),
    ]),
  ]);
}

function gapFor(height: number): SceneNode {
  return { type: "box", style: { height, flexShrink: 0 } };
}

/** A figure on a card of its own. */
export function statCard(theme: Theme, area: Area, stat: Stat, withBar: boolean): SceneNode {
  const { px } = theme;
  const pad = Math.min(px(36), area.width * 0.1);
  const inner = inset(local(area), pad, Math.min(px(30), area.height * 0.12));
  const sizes = area.height > px(190) ? [76, 64, 52, 42, 34] : area.height > px(150) ? [56, 46, 38, 32] : [44, 37, 31];
  return pane(area, theme.panel, px(28), [
    place(inner, { justifyContent: "space-between" }, [
      row({ gap: px(14) }, [
        ...statSign(theme, stat, px(36)),
        text(stat.label, { size: px(TYPE.small), color: theme.soft }),
      ]),
      column({ gap: px(16), flexShrink: 0 }, [
        statValue(theme, stat, inner.width, sizes),
        ...(withBar ? [stat.level === undefined ? gapFor(px(8)) : levelBar(theme, inner.width + px(24), stat)] : []),
      ]),
    ]),
  ]);
}
