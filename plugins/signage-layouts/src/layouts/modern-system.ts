import type { Frame, Scene, SceneNode, SignageContent, Stat } from "@berth/sdk";
import { ring } from "../charts/ring.ts";
import { type Area, columns, local, inset, rows, share } from "../draw/area.ts";
import { pane, place } from "../draw/nodes.ts";
import { type Theme, themeOf } from "../draw/theme.ts";
import { headerHeight } from "../parts/header.ts";
import { headlineBlock } from "../parts/headline.ts";
import { linesBlock } from "../parts/lines.ts";
import { bodyOf } from "../parts/page.ts";
import { panel } from "../parts/panel.ts";
import { chartGroups, chartPanel } from "../parts/series-chart.ts";
import { statStrip, stripHeight } from "../parts/stat-cell.ts";
import { tableBlock } from "../parts/table.ts";
import { type BoardRow, board } from "./board.ts";
import type { Visual } from "./default.ts";

/** A machine or a service: the judgement, how full it is, how it went, what it is busy with. */
export function modernSystemLayout(content: SignageContent, frame: Frame): Scene {
  const theme = themeOf(content, frame);
  const { stats = [], headline } = content;
  const gauges = stats.filter(({ level }) => level !== undefined);
  const visuals = visualsOf(theme, content);
  const perRow = ringsPerRow(theme, headline !== undefined);
  const rings = gauges.slice(0, perRow * (theme.wide ? 1 : 2));
  const others = stats.filter((stat) => !rings.includes(stat));
  if (rings.length === 0 && headline && visuals.length > 1)
    return withoutGauges(theme, content, headline, visuals, others);
  const gaugeHeight =
    rings.length === 0 && !headline ? 0 : theme.px(GAUGES) * Math.max(1, Math.ceil(rings.length / perRow));
  const strip = stripFor(theme, content, others, gaugeHeight, visuals.length > 0);
  return board(theme, content, [
    ...(gaugeHeight > 0 ? [gaugeRow(theme, rings, headline, visuals.length > 0 ? gaugeHeight : share())] : []),
    ...panelRows(theme, content, visuals),
    { height: strip, draw: (area) => statStrip(theme, area, others) },
  ]);
}

/** The figure and the first chart above, the others below, all of one height. */
function withoutGauges(
  theme: Theme,
  content: SignageContent,
  headline: NonNullable<SignageContent["headline"]>,
  visuals: readonly Visual[],
  stats: readonly Stat[],
): Scene {
  const { px, wide } = theme;
  const [first, ...rest] = visuals;
  const upper = (area: Area): SceneNode[] => {
    const [left, right] = wide ? columns(area, [share(1), share(2)], px(24)) : rows(area, [share(2), share(3)], px(24));
    return [headlinePane(theme, left!, headline), first!(right!)];
  };
  return board(theme, content, [
    { height: share(wide ? 1 : 3), draw: upper },
    { height: share(wide ? 1 : 2), draw: (area) => dealt(theme, area, rest) },
    { height: stripFor(theme, content, stats, px(LEAST_PANELS), true), draw: (area) => statStrip(theme, area, stats) },
  ]);
}

/** Units: a row of rings, and the least a chart needs to be worth drawing. */
const GAUGES = 228;
const LEAST_PANELS = 262;

/** The small figures give way where they would squeeze the charts. */
function stripFor(
  theme: Theme,
  content: SignageContent,
  stats: readonly Stat[],
  gauges: number,
  hasPanels: boolean,
): number {
  const { px, frame } = theme;
  const height = stripHeight(theme, stats, frame.width - 2 * frame.safeX, theme.wide ? 1 : 2);
  const left = bodyOf(theme).height - headerHeight(theme, content) - gauges - height - px(3 * 36);
  return hasPanels && left < px(LEAST_PANELS) ? 0 : height;
}

function ringsPerRow({ frame, px }: Theme, hasHeadline: boolean): number {
  const width = frame.width - 2 * frame.safeX;
  return Math.max(1, Math.floor((width * (hasHeadline ? 0.66 : 1)) / px(250)));
}

function gaugeRow(
  theme: Theme,
  gauges: readonly Stat[],
  headline: SignageContent["headline"],
  height: BoardRow["height"],
): BoardRow {
  const { px } = theme;
  const perRow = ringsPerRow(theme, headline !== undefined);
  return {
    height,
    draw: (area) => {
      if (!headline) return [ringsPane(theme, area, gauges, perRow)];
      if (gauges.length === 0) return [headlinePane(theme, area, headline)];
      const [left, right] = columns(area, [share(1), share(2)], px(24));
      return [headlinePane(theme, left!, headline), ringsPane(theme, right!, gauges, perRow)];
    },
  };
}

function headlinePane(theme: Theme, area: Area, headline: NonNullable<SignageContent["headline"]>): SceneNode {
  const { px } = theme;
  return place(area, { justifyContent: "center" }, [
    headlineBlock(theme, headline, {
      width: area.width - px(20),
      height: area.height,
      sizes: [144, 112, 92, 76, 64, 56, 46],
      weight: 300,
    }),
  ]);
}

function ringsPane(theme: Theme, area: Area, gauges: readonly Stat[], perRow: number): SceneNode {
  const { px } = theme;
  const inner = inset(local(area), px(28), px(20));
  const lines = rows(
    inner,
    Array.from({ length: Math.ceil(gauges.length / perRow) }, () => share()),
    px(20),
  );
  const rings = lines.flatMap((line, index) => {
    const inRow = gauges.slice(index * perRow, (index + 1) * perRow);
    return columns(
      line,
      inRow.map(() => share()),
      px(20),
    ).map((track, at) => ring(theme, track, inRow[at]!));
  });
  return pane(area, theme.panel, px(28), rings);
}

/** Charts and tables in the order of the content. */
function visualsOf(theme: Theme, content: SignageContent): Visual[] {
  const charts = chartGroups(content.series ?? []).map(
    (group): Visual =>
      (area) =>
        chartPanel(theme, area, group, { mark: "last", extremes: group.length === 1 }),
  );
  const tables = (content.tables ?? []).map(
    (table): Visual =>
      (area) =>
        panel(theme, area, { title: table.title }, (inner) => tableBlock(theme, inner, table)),
  );
  return [...charts, ...tables];
}

function panelRows(theme: Theme, content: SignageContent, visuals: readonly Visual[]): BoardRow[] {
  if (visuals.length > 0) return [{ height: share(), draw: (area) => dealt(theme, area, visuals) }];
  const { lines } = content;
  if (lines.length === 0 || (content.stats ?? []).length > 0) return [];
  return [{ height: share(), draw: (area) => linesBlock(theme, area, lines, { ruled: true, vertical: "middle" }) }];
}

/** As many side by side as stay readable; on a tall sheet one below the other. */
function dealt(theme: Theme, area: Area, visuals: readonly Visual[]): SceneNode[] {
  const { px } = theme;
  const gap = px(24);
  const perRow = Math.max(1, Math.min(3, Math.floor((area.width + gap) / (px(460) + gap))));
  const mostRows = Math.max(1, Math.floor((area.height + gap) / (px(270) + gap)));
  const shown = visuals.slice(0, perRow * mostRows);
  const lines = rows(
    area,
    Array.from({ length: Math.ceil(shown.length / perRow) }, () => share()),
    gap,
  );
  return lines.flatMap((line, index) => {
    const inRow = shown.slice(index * perRow, (index + 1) * perRow);
    return columns(
      line,
      inRow.map(() => share()),
      gap,
    ).map((place, at) => inRow[at]!(place));
  });
}
