import type { Frame, Scene, SceneNode, Series, SignageContent, Stat } from "@berth/sdk";
import { sparkline } from "../charts/sparkline.ts";
import { type Area, cells, inset, local, share } from "../draw/area.ts";
import { pane, place, row, text } from "../draw/nodes.ts";
import { formatValue } from "../draw/numbers.ts";
import { textWidth } from "../draw/text-width.ts";
import { TYPE, type Theme, themeOf } from "../draw/theme.ts";
import { headlineBlock } from "../parts/headline.ts";
import { seriesColours } from "../parts/series-chart.ts";
import { statCard } from "../parts/stat-cell.ts";
import { board } from "./board.ts";
import { statsOf } from "./text-parts.ts";

type Card = (area: Area) => SceneNode;

/** Cards of one size: the figure first, then stats or lines, then histories. */
export function gridLayout(content: SignageContent, frame: Frame): Scene {
  const theme = themeOf(content, frame);
  const cards = cardsOf(theme, content);
  if (cards.length === 0) return board(theme, content, []);
  return board(theme, content, [{ height: share(), draw: (area) => dealt(theme, area, cards) }]);
}

function cardsOf(theme: Theme, content: SignageContent): Card[] {
  const { headline, series = [] } = content;
  const stats = statsOf(content);
  // Where one card has a bar below its figure, all figures leave room for it and stand on one line.
  const withBars = stats.some(({ level }) => level !== undefined);
  const [accent] = seriesColours(theme);
  return [
    ...(headline ? [(area: Area) => headlineCard(theme, area, headline)] : []),
    ...stats.map(
      (stat): Card =>
        (area) =>
          stat.label === "" ? sentenceCard(theme, area, stat) : statCard(theme, area, stat, withBars),
    ),
    ...series
      .filter(({ points }) => points.length > 1)
      .map(
        (one): Card =>
          (area) =>
            seriesCard(theme, area, one, accent!),
      ),
  ];
}

/** As many per row as keeps cards close to two units wide for each unit tall, and none too small to read. */
function dealt(theme: Theme, area: Area, cards: readonly Card[]): SceneNode[] {
  const { px } = theme;
  const gap = px(24);
  const mostPerRow = Math.max(1, Math.floor((area.width + gap) / (px(300) + gap)));
  const mostRows = Math.max(1, Math.floor((area.height + gap) / (px(176) + gap)));
  const count = Math.min(cards.length, mostPerRow * mostRows);
  const perRow = bestPerRow(area, count, mostPerRow, mostRows, gap);
  // A last row that is not full gives its room to its cards.
  const lines = Math.ceil(count / perRow);
  const full = cells(area, lines, 1, gap);
  return full.flatMap((line, index) => {
    const inRow = cards.slice(index * perRow, Math.min(count, (index + 1) * perRow));
    return cells(line, inRow.length, inRow.length, gap).map((place, at) => inRow[at]!(place));
  });
}

function bestPerRow(area: Area, count: number, mostPerRow: number, mostRows: number, gap: number): number {
  let best = Math.min(count, mostPerRow);
  let bestError = Number.POSITIVE_INFINITY;
  for (let perRow = 1; perRow <= Math.min(count, mostPerRow); perRow++) {
    const lines = Math.ceil(count / perRow);
    if (lines > mostRows) continue;
    const aspect = (area.width - gap * (perRow - 1)) / perRow / ((area.height - gap * (lines - 1)) / lines);
    const ragged = lines * perRow - count;
    const error = Math.abs(Math.log(aspect / 1.7)) + ragged * 0.12;
    if (error < bestError) [best, bestError] = [perRow, error];
  }
  return best;
}

function card(theme: Theme, area: Area, draw: (inner: Area) => SceneNode[]): SceneNode {
  const { px } = theme;
  const inner = inset(local(area), Math.min(px(36), area.width * 0.1), Math.min(px(30), area.height * 0.12));
  return pane(area, theme.panel, px(28), draw(inner));
}

function headlineCard(theme: Theme, area: Area, headline: NonNullable<SignageContent["headline"]>): SceneNode {
  const look = { sizes: [144, 112, 92, 76, 64, 56, 46, 38], weight: 300, captionSize: TYPE.small };
  return card(theme, area, (inner) => {
    const block = headlineBlock(theme, headline, { ...look, width: inner.width, height: inner.height });
    return [place(inner, { justifyContent: "center" }, [block])];
  });
}

/** A line that is a sentence and no figure. */
function sentenceCard(theme: Theme, area: Area, stat: Stat): SceneNode {
  const { px } = theme;
  const lines = Math.max(1, Math.floor((area.height * 0.72) / (px(TYPE.body) * 1.35)));
  return card(theme, area, (inner) => [
    place(inner, { justifyContent: "center" }, [text(stat.value, { size: px(TYPE.body), lines, lineHeight: 1.35 })]),
  ]);
}

function seriesCard(theme: Theme, area: Area, series: Series, colour: string): SceneNode {
  const { px } = theme;
  const last = series.points.findLast(({ value }) => value !== null)?.value;
  const unit = (series.unit ?? "").length <= 6 ? series.unit : "";
  const figure = last === undefined || last === null ? "" : formatValue(last, { locale: theme.frame.locale, unit });
  return card(theme, area, (inner) => {
    const isShort = textWidth(figure, px(TYPE.small), 600) < inner.width * 0.6;
    const head = px(TYPE.body) * 1.3;
    return [
      place({ ...inner, height: head }, {}, [
        row({ justifyContent: "space-between", gap: px(16), width: "100%" }, [
          text(series.label, { size: px(TYPE.small), color: theme.soft }),
          ...(isShort
            ? [text(figure, { size: px(TYPE.small), weight: 600, tabular: true, style: { flexShrink: 0 } })]
            : []),
        ]),
      ]),
      sparkline(
        theme,
        { ...inner, y: inner.y + head + px(10), height: Math.max(1, inner.height - head - px(10)) },
        series,
        colour,
      ),
    ];
  });
}
