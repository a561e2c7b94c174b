import type { Frame, Scene, SceneNode, Series, SignageContent } from "@berth/sdk";
import { type Area, columns, rows, share } from "../draw/area.ts";
import { column, icon, place, row, text } from "../draw/nodes.ts";
import { withUnit } from "../draw/numbers.ts";
import { fittingSize } from "../draw/text-width.ts";
import { TYPE, type Theme, themeOf } from "../draw/theme.ts";
import { headlineBlock } from "../parts/headline.ts";
import { linesBlock } from "../parts/lines.ts";
import { bodyOf, page, pill } from "../parts/page.ts";
import { chartPanel, rangesOf } from "../parts/series-chart.ts";
import { statStrip, stripHeight, stripRows } from "../parts/stat-cell.ts";
import { board } from "./board.ts";
import { type Visual, visualsOf } from "./default.ts";

/** The sky now, huge; the hours and days to come; the air in figures. */
export function modernWeatherLayout(content: SignageContent, frame: Frame): Scene {
  const theme = themeOf(content, frame);
  const { px } = theme;
  if (isEmpty(content)) return board(theme, content, []);
  const body = bodyOf(theme);
  const stats = detailStats(content);
  const strip = stripHeight(theme, stats, body.width, stripRows(theme));
  const [upper, lower] = strip > 0 ? rows(body, [share(), strip], px(30)) : [body];
  const forecasts = forecastsOf(theme, content);
  const [now, ahead] = split(theme, upper!, forecasts.length > 0);
  return page(theme, content, [
    ...nowBlock(theme, content, now!),
    ...(ahead ? stacked(theme, ahead, forecasts) : []),
    ...(lower ? [statStrip(theme, lower, stats)] : []),
  ]);
}

function isEmpty({ headline, lines, stats = [], series = [], tables = [] }: SignageContent): boolean {
  return !headline && [lines, stats, series, tables].every((list) => list.length === 0);
}

const FIGURE_SIZES = [380, 340, 300, 260, 220, 190, 168, 144, 112, 92, 76, 56, 42];

/** Highest, lowest and felt temperature belong to the headline, not among the air's figures. */
const BY_THE_HEADLINE = /^(?:feels like|high|low|max|min)\b/i;

function detailStats(content: SignageContent): NonNullable<SignageContent["stats"]> {
  const stats = content.stats ?? [];
  return content.headline ? stats.filter(({ label }) => !BY_THE_HEADLINE.test(label)) : stats;
}

function split(theme: Theme, area: Area, hasForecast: boolean): Area[] {
  if (!hasForecast) return [area];
  return theme.wide
    ? columns(area, [share(5), share(7)], theme.px(56))
    : rows(area, [Math.max(theme.px(440), area.height * 0.38), share()], theme.px(36));
}

function nowBlock(theme: Theme, content: SignageContent, area: Area): SceneNode[] {
  const { px } = theme;
  const { title, subtitle, headline, status } = content;
  const sign = headline?.icon ? Math.min(px(150), area.width * 0.26) : 0;
  const size = fittingSize(title, area.width - sign, [TYPE.large, 64, TYPE.title, 48].map(px), 600);
  const beside = (content.stats ?? []).filter(({ label }) => BY_THE_HEADLINE.test(label));
  const words = beside.map(({ label, value, unit = "" }) => `${label} ${withUnit(value, unit)}`);
  const names = column({ gap: px(6), flexShrink: 1 }, [
    text(title, { size, weight: 600, tight: true, lineHeight: 1.2 }),
    ...(subtitle ? [text(subtitle, { size: px(TYPE.lead), color: theme.soft })] : []),
    ...(status ? [row({ marginTop: px(14) }, [pill(theme, "info", status.text, theme.text)])] : []),
  ]);
  const head = row(
    { justifyContent: "space-between", alignItems: "flex-start", gap: px(24), width: "100%", flexShrink: 0 },
    [names, ...(headline?.icon ? [icon(headline.icon, sign, theme.text, 1.25)] : [])],
  );
  const headHeight = Math.max(size * 1.2 + (subtitle ? px(6 + TYPE.lead * 1.25) : 0) + (status ? px(66) : 0), sign);
  if (!headline) return withoutHeadline(theme, content, area, head, headHeight);
  const used = headHeight + px(24);
  const height = area.height - used - (words.length > 0 && !headline.caption ? px(60) : 0);
  const figure = column({ gap: px(18), flexShrink: 0 }, [
    headlineBlock(theme, headline, { width: area.width, height, withIcon: false, sizes: FIGURE_SIZES }),
    ...(words.length > 0 && !headline.caption
      ? [text(words.join(" · "), { size: px(TYPE.body), weight: 500, tabular: true })]
      : []),
  ]);
  return [
    place(area, { justifyContent: "space-between", gap: px(24) }, [
      head,
      figure,
      ...(theme.wide ? [{ type: "box" } as const] : []),
    ]),
  ];
}

function withoutHeadline(
  theme: Theme,
  content: SignageContent,
  area: Area,
  head: SceneNode,
  headHeight: number,
): SceneNode[] {
  const [top, rest] = rows(area, [headHeight, share()], theme.px(24));
  const { lines } = content;
  return [place(top!, {}, [head]), linesBlock(theme, rest!, lines, { ruled: true })];
}

/** The curve of the hours, then the days, then whatever else can be drawn. */
function forecastsOf(theme: Theme, content: SignageContent): Visual[] {
  const series = content.series ?? [];
  const ranged = pairedRanges(series);
  const isDaily = (one: Series): boolean => rangesOf(one).length > 0;
  const daily = ranged.find(isDaily);
  const hourly = ranged.find((one) => one !== daily && one.kind !== "bar");
  const shown = [hourly, daily].filter((one) => one !== undefined);
  const visuals = shown.map(
    (one): Visual =>
      (area) =>
        chartPanel(theme, area, [one], isDaily(one) ? {} : { mark: "first" }),
  );
  if (visuals.length > 0) return visuals;
  return visualsOf(theme, content);
}

/** Two series of highest and lowest values become one of ranges. */
function pairedRanges(series: readonly Series[]): Series[] {
  const high = series.find(({ label }) => /\b(?:high|highs|max|maximum)\b/i.test(label));
  const low = series.find(({ label }) => /\b(?:low|lows|min|minimum)\b/i.test(label));
  if (!high || !low || high.points.length !== low.points.length) return [...series];
  const points = high.points.flatMap((point, index) => {
    const least = low.points[index]!.value;
    return point.value === null || least === null ? [] : [{ ...point, low: least }];
  });
  return [...series.filter((one) => one !== high && one !== low), { ...high, label: "Days ahead", points }];
}

function stacked(theme: Theme, area: Area, visuals: readonly Visual[]): SceneNode[] {
  const most = Math.max(1, Math.floor(area.height / theme.px(290)));
  const shown = visuals.slice(0, Math.min(2, most));
  const places = rows(
    area,
    shown.map((_, index) => share(index === 0 ? 9 : 10)),
    theme.px(24),
  );
  return shown.map((visual, index) => visual(places[index]!));
}
