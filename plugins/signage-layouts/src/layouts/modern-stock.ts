import type { Frame, Scene, SceneNode, SignageContent } from "@berth/sdk";
import { lineChart } from "../charts/line-chart.ts";
import { type Area, share } from "../draw/area.ts";
import { column, place, row, text } from "../draw/nodes.ts";
import { formatValue } from "../draw/numbers.ts";
import { textWidth } from "../draw/text-width.ts";
import { TYPE, type Theme, statusColour, themeOf } from "../draw/theme.ts";
import { headlineBlock, trendText } from "../parts/headline.ts";
import { linesBlock } from "../parts/lines.ts";
import { statStrip, stripHeight, stripRows } from "../parts/stat-cell.ts";
import { type BoardRow, board } from "./board.ts";
import { visualsOf } from "./default.ts";

/** The price, which way it went and by how much, the day's curve against where it began, the figures. */
export function modernStockLayout(content: SignageContent, frame: Frame): Scene {
  const theme = themeOf(content, frame);
  const { headline, stats = [] } = content;
  const width = frame.width - 2 * frame.safeX;
  return board(theme, content, [
    ...(headline ? [priceRow(theme, headline, width)] : []),
    ...mainRows(theme, content),
    { height: stripHeight(theme, stats, width, stripRows(theme)), draw: (area) => statStrip(theme, area, stats) },
  ]);
}

function priceRow(theme: Theme, headline: NonNullable<SignageContent["headline"]>, width: number): BoardRow {
  const { px } = theme;
  const { trend, caption, ...price } = headline;
  const sizes = [TYPE.hero, 144, TYPE.display, 92, TYPE.large, TYPE.title].slice(theme.wide ? 0 : 1);
  const trendSize = px(theme.wide ? 64 : TYPE.title);
  const trendWidth = trend ? textWidth(trend.text, trendSize, 500) + trendSize * 1.4 : 0;
  const room = width - trendWidth - px(60);
  const beside = room > width * 0.4;
  const figure = headlineBlock(theme, beside ? price : { ...price, ...(trend ? { trend } : {}) }, {
    width: beside ? room : width,
    sizes,
    weight: 300,
  });
  const height =
    px(sizes[0]!) * 1.12 + (caption ? px(TYPE.body * 1.3 + 4) : 0) + (trend && !beside ? px(TYPE.lead * 1.3 + 18) : 0);
  return {
    height,
    draw: (area) =>
      place(area, { justifyContent: "center", gap: px(4) }, [
        row({ gap: px(48), alignItems: "center" }, [
          column({ maxWidth: beside ? room : width, flexShrink: 1 }, [figure]),
          ...(trend && beside ? [trendText(theme, trend, trendSize)] : []),
        ]),
        ...(caption ? [text(caption, { size: px(TYPE.body), color: theme.soft })] : []),
      ]),
  };
}

function mainRows(theme: Theme, content: SignageContent): BoardRow[] {
  const { series = [], lines } = content;
  const curve = series.find(({ kind }) => kind !== "bar");
  if (curve) return [{ height: share(), draw: (area) => priceChart(theme, content, area, curve) }];
  const [visual] = visualsOf(theme, content);
  if (visual) return [{ height: share(), draw: visual }];
  return lines.length > 0 ? [{ height: share(), draw: (area) => linesBlock(theme, area, lines, { ruled: true }) }] : [];
}

/** Without a pane: the curve is the picture. */
function priceChart(
  theme: Theme,
  content: SignageContent,
  area: Area,
  curve: NonNullable<SignageContent["series"]>[number],
): SceneNode {
  const { baseline } = curve;
  const direction = content.headline?.trend?.direction;
  const colour =
    direction === "up" ? statusColour("ok", "") : direction === "down" ? statusColour("bad", "") : theme.accent;
  const label =
    baseline === undefined ? "" : `Previous close ${formatValue(baseline, { locale: theme.frame.locale, step: 0.01 })}`;
  return lineChart(theme, area, { series: [curve], colours: [colour], mark: "last", baselineLabel: label });
}
