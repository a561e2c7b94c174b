import type { SceneNode, SignageContent } from "@berth/sdk";
import { column, icon, row, text } from "../draw/nodes.ts";
import { textWidth } from "../draw/text-width.ts";
import { TYPE, type Theme, statusColour } from "../draw/theme.ts";

type Headline = NonNullable<SignageContent["headline"]>;

export interface HeadlineOptions {
  /** Pixels the figure may take. */
  width: number;
  /** Pixels for figure and words together. Default: as tall as they get. */
  height?: number;
  /** Sizes to choose from, units, falling. */
  sizes?: readonly number[];
  weight?: number;
  align?: "left" | "center";
  /** Whether the icon is drawn at the figure's side. Default true. */
  withIcon?: boolean;
  /** Units; of the words below the figure. */
  captionSize?: number;
}

/** Hairlines are for figures of this many pixels; below they would break up. */
const HAIRLINE_FROM = 150;
const SIZES = [TYPE.giant, 220, 190, TYPE.hero, 144, TYPE.display, 92, TYPE.large, TYPE.title];

/** The one figure to be read across the room: icon, value, unit, how it moves, what it is. */
export function headlineBlock(theme: Theme, headline: Headline, options: HeadlineOptions): SceneNode {
  const { align = "left", withIcon = true, height } = options;
  const words = wordsOf(theme, headline, options);
  const room = height === undefined ? undefined : Math.max(0, height - words.height);
  const shown = withIcon ? headline : withoutIcon(headline);
  const side = align === "center" ? "center" : "flex-start";
  return column({ alignItems: side, gap: theme.px(GAP), flexShrink: 0 }, [
    figure(theme, shown, options, room),
    ...words.nodes,
  ]);
}

/** Units, between figure and words. */
const GAP = 14;
/** Units; a figure smaller than this is no headline, and words give way to it. */
const LEAST_FIGURE = 56;

/** What stands below the figure, and how tall it is with its gaps: trend and caption on one row, or on two where one is too short. */
function wordsOf(theme: Theme, headline: Headline, options: HeadlineOptions): { nodes: SceneNode[]; height: number } {
  const { px } = theme;
  const { width, height = Number.POSITIVE_INFINITY, captionSize = TYPE.body, align = "left" } = options;
  const { trend, caption = "" } = headline;
  const size = px(captionSize);
  const trendSize = size * 1.27;
  const trendNodes = trend ? [trendText(theme, trend, trendSize)] : [];
  const trendWidth = trend ? textWidth(trend.text, trendSize, 500) + trendSize * 1.3 : 0;
  const trendHeight = trend ? trendSize * 1.32 : 0;
  const captionWidth = textWidth(caption, size) * 1.03;
  const captionNode = (lines: number): SceneNode => text(caption, { size, color: theme.soft, lines, align });
  const gap = px(GAP);
  if (!caption) return { nodes: trendNodes, height: trend ? trendHeight + gap : 0 };
  if (trend && trendWidth + px(24) + captionWidth <= width) {
    const both = row({ gap: px(24), flexShrink: 0 }, [...trendNodes, captionNode(1)]);
    return { nodes: [both], height: trendHeight + gap };
  }
  const spare = height - px(LEAST_FIGURE) * 1.12 - (trend ? trendHeight + gap : 0) - gap;
  if (spare < size * 1.25) return { nodes: trendNodes, height: trend ? trendHeight + gap : 0 };
  const lines = captionWidth > width && spare >= size * 2.5 ? 2 : 1;
  return {
    nodes: [...trendNodes, captionNode(lines)],
    height: (trend ? trendHeight + gap : 0) + size * 1.25 * lines + gap,
  };
}

function withoutIcon(headline: Headline): Headline {
  const { icon: _icon, ...rest } = headline;
  return rest;
}

function figure(
  theme: Theme,
  headline: Headline,
  { width, sizes = SIZES, weight = 200 }: HeadlineOptions,
  room = Number.POSITIVE_INFINITY,
): SceneNode {
  const { px } = theme;
  const { value, unit = "", icon: sign } = headline;
  const isRaised = /^[°%′″]/.test(unit) && unit.length <= 2;
  const unitShare = isRaised ? 0.42 : 0.3;
  const whole = (size: number): number =>
    textWidth(value, size, weight) +
    (unit ? textWidth(unit, size * unitShare, 300) + size * 0.1 : 0) +
    (sign ? size * 0.95 : 0);
  const pixels = sizes.map(px);
  const size =
    pixels.find((candidate) => whole(candidate) <= width * 0.98 && candidate * 1.12 <= room) ?? pixels.at(-1)!;
  const drawn = size >= HAIRLINE_FROM ? weight : Math.max(weight, 300);
  return row({ gap: size * 0.12, alignItems: "center", flexShrink: 0 }, [
    ...(sign ? [icon(sign, size * 0.78, theme.text, size >= HAIRLINE_FROM ? 1.2 : 1.6)] : []),
    row({ gap: size * 0.06, alignItems: isRaised ? "flex-start" : "flex-end", flexShrink: 1 }, [
      // Digits of their own width: at this size those of a table stand too far apart.
      text(value, { size, weight: drawn, lineHeight: 1.12, style: { letterSpacing: size * -0.03 } }),
      ...(unit ? [unitText(theme, unit, size, unitShare, isRaised)] : []),
    ]),
  ]);
}

function unitText(theme: Theme, unit: string, size: number, unitShare: number, isRaised: boolean): SceneNode {
  const margin = isRaised ? { marginTop: size * 0.13 } : { marginBottom: size * 0.17 };
  const style = { flexShrink: 8, ...margin };
  return text(unit, { size: size * unitShare, weight: 300, color: theme.soft, lineHeight: 1.15, style });
}

const TREND_ICONS = { up: "arrow-up-right", down: "arrow-down-right", flat: "arrow-right" } as const;
const TREND_LEVELS = { up: "ok", down: "bad", flat: "unknown" } as const;

/** `+1.8 %` in green with an arrow. */
export function trendText(theme: Theme, trend: NonNullable<Headline["trend"]>, size = theme.px(TYPE.lead)): SceneNode {
  const colour = statusColour(TREND_LEVELS[trend.direction], theme.soft);
  return row({ gap: size * 0.2, flexShrink: 1 }, [
    icon(TREND_ICONS[trend.direction], size * 1.05, colour, 2.25),
    text(trend.text, { size, weight: 500, color: colour, tabular: true }),
  ]);
}
