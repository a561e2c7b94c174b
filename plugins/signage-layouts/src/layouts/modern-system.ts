import type { Frame, Scene, SceneNode, SignageContent, Stat } from "@berth/sdk";
import { ring } from "../charts/ring.ts";
import { type Area, columns, local, inset, rows, share } from "../draw/area.ts";
import { place } from "../draw/nodes.ts";
import { type Theme, themeOf } from "../draw/theme.ts";
import { headlineBlock } from "../parts/headline.ts";
import { linesBlock } from "../parts/lines.ts";
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
  const others = stats.filter(({ level }) => level === undefined);
  const width = frame.width - 2 * frame.safeX;
  const visuals = visualsOf(theme, content);
  const rings = gauges.slice(0, mostRings(theme, width, headline !== undefined));
  return board(theme, content, [
    ...(rings.length > 0 || headline ? [gaugeRow(theme, rings, headline, visuals.length > 0)] : []),
    ...panelRows(theme, content, visuals),
    { height: stripHeight(theme, others.length, width, theme.wide ? 1 : 2), draw: (area) => statStrip(theme, area, others) },
  ]);
}

function mostRings(theme: Theme, width: number, hasHeadline: boolean): number {
  return Math.max(1, Math.floor((width * (hasHeadline ? 0.66 : 1)) / theme.px(250)));
}

function gaugeRow(theme: Theme, gauges: readonly Stat[], headline: SignageContent["headline"], hasMore: boolean): BoardRow {
  const { px } = theme;
  return {
    height: hasMore ? px(228) : share(),
    draw: (area) => {
      if (!headline) return [ringsPane(theme, area, gauges)];
      if (gauges.length === 0) return [headlinePane(theme, area, headline)];
      const [left, right] = columns(area, [share(1), share(2)], px(24));
      return [headlinePane(theme, left!, headline), ringsPane(theme, right!, gauges)];
    },
  };
}

function headlinePane(theme: Theme, area: Area, headline: NonNullable<SignageContent["headline"]>): SceneNode {
  const { px } = theme;
  return place(area, { justifyContent: "center" }, [
    headlineBlock(theme, headline, { width: area.width - px(20), sizes: [144, 112, 92, 76, 64, 56, 46], weight: 300 }),
  ]);
}

function ringsPane(theme: Theme, area: Area, gauges: readonly Stat[]): SceneNode {
  const { px } = theme;
  const inner = inset(local(area), px(28), px(20));
  const tracks = columns(inner, gauges.map(() => share()), px(20));
  const rings = gauges.map((gauge, index) => ring(theme, tracks[index]!, gauge));
  return place(area, { backgroundColor: theme.panel, borderRadius: px(28) }, rings);
}

/** Charts and tables in the order of the content. */
function visualsOf(theme: Theme, content: SignageContent): Visual[] {
  const charts = chartGroups(content.series ?? []).map(
    (group): Visual => (area) => chartPanel(theme, area, group, { mark: "last", extremes: group.length === 1 }),
  );
  const tables = (content.tables ?? []).map(
    (table): Visual => (area) => panel(theme, area, { title: table.title }, (inner) => tableBlock(theme, inner, table)),
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
  const lines = rows(area, Array.from({ length: Math.ceil(shown.length / perRow) }, () => share()), gap);
  return lines.flatMap((line, index) => {
    const inRow = shown.slice(index * perRow, (index + 1) * perRow);
    return columns(line, inRow.map(() => share()), gap).map((place, at) => inRow[at]!(place));
  });
}
