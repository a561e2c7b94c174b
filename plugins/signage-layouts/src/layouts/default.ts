import type { Frame, Scene, SceneNode, SignageContent } from "@berth/sdk";
import { type Area, columns, rows, share } from "../draw/area.ts";
import { place } from "../draw/nodes.ts";
import { type Theme, themeOf } from "../draw/theme.ts";
import { headlineBlock } from "../parts/headline.ts";
import { linesBlock } from "../parts/lines.ts";
import { panel } from "../parts/panel.ts";
import { chartGroups, chartPanel } from "../parts/series-chart.ts";
import { statStrip, stripHeight, stripRows } from "../parts/stat-cell.ts";
import { tableBlock } from "../parts/table.ts";
import { type BoardRow, board } from "./board.ts";

/** For anything: the figure, its chart, its details, and plain lines where a source has no more than that. */
export function defaultLayout(content: SignageContent, frame: Frame): Scene {
  const theme = themeOf(content, frame);
  const { headline, stats = [] } = content;
  const visuals = visualsOf(theme, content);
  const isPlain = !headline && stats.length === 0 && visuals.length === 0;
  if (isPlain) return board(theme, content, content.lines.length > 0 ? [plainLines(theme, content)] : []);
  const width = frame.width - 2 * frame.safeX;
  return board(theme, content, [
    mainRow(theme, content, visuals),
    { height: stripHeight(theme, stats, width, stripRows(theme)), draw: (area) => statStrip(theme, area, stats) },
  ]);
}

/** A chart, a table or the lines: something that fills an area. */
export type Visual = (area: Area) => SceneNode;

/** What of the content can be drawn large, most important first. */
export function visualsOf(theme: Theme, content: SignageContent): Visual[] {
  const charts = chartGroups(content.series ?? []).map(
    (group): Visual =>
      (area) =>
        chartPanel(theme, area, group, { mark: "last" }),
  );
  const tables = (content.tables ?? []).map(
    (table): Visual =>
      (area) =>
        panel(theme, area, { title: table.title }, (inner) => tableBlock(theme, inner, table)),
  );
  return [...charts, ...tables];
}

function plainLines(theme: Theme, content: SignageContent): BoardRow {
  return {
    height: share(),
    draw: (area) => linesBlock(theme, area, content.lines, { ruled: true, vertical: "middle" }),
  };
}

function mainRow(theme: Theme, content: SignageContent, visuals: readonly Visual[]): BoardRow {
  const { headline, lines } = content;
  const beside = visuals.length > 0 ? visuals : lines.length > 0 && headline ? [besideLines(theme, lines)] : [];
  return {
    height: share(),
    draw: (area) => {
      if (!headline) return spread(theme, area, beside);
      if (beside.length === 0) return hero(theme, area, headline);
      const [left, right] = theme.wide
        ? columns(area, [share(5), share(7)], theme.px(64))
        : rows(area, [theme.px(380), share()], theme.px(30));
      return [hero(theme, left!, headline), ...spread(theme, right!, beside)];
    },
  };
}

function besideLines(theme: Theme, lines: readonly string[]): Visual {
  return (area) => linesBlock(theme, area, lines, { ruled: true, vertical: "middle", sizes: [42, 37, 33, 29, 27] });
}

function hero(theme: Theme, area: Area, headline: NonNullable<SignageContent["headline"]>): SceneNode {
  return place(area, { justifyContent: "center" }, [
    headlineBlock(theme, headline, { width: area.width, height: area.height }),
  ]);
}

/** Up to four visuals over an area, as a person would lay them out. */
export function spread(theme: Theme, area: Area, visuals: readonly Visual[]): SceneNode[] {
  const { px } = theme;
  const gap = px(24);
  const isBroad = area.width > px(1_100);
  const isTall = area.height > px(640);
  const most = Math.max(1, (isBroad ? 2 : 1) * (isTall ? 2 : 1));
  const shown = visuals.slice(0, most);
  if (shown.length === 0) return [];
  const perRow = isBroad && (shown.length > 2 || !isTall) ? 2 : 1;
  const lines = rows(
    area,
    Array.from({ length: Math.ceil(shown.length / perRow) }, () => share()),
    gap,
  );
  return shown.flatMap((visual, index) => {
    const inRow = shown.slice(Math.floor(index / perRow) * perRow, (Math.floor(index / perRow) + 1) * perRow).length;
    const tracks = columns(
      lines[Math.floor(index / perRow)]!,
      Array.from({ length: inRow }, () => share()),
      gap,
    );
    return visual(tracks[index % perRow]!);
  });
}
