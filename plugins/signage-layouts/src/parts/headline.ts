import type { SceneNode, SignageContent } from "@berth/sdk";
import { column, icon, row, text } from "../draw/nodes.ts";
import { fittingSize, textWidth } from "../draw/text-width.ts";
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
  const { px } = theme;
  const { align = "left", withIcon = true, captionSize = TYPE.body } = options;
  const side = align === "center" ? "center" : "flex-start";
  const { trend, caption } = headline;
  const words = wordsHeight(theme, headline, options);
  const room = options.height === undefined ? undefined : Math.max(0, options.height - words);
  return column({ alignItems: side, gap: px(14), flexShrink: 0 }, [
    figure(theme, withIcon ? headline : withoutIcon(headline), options, room),
    ...(trend || caption
      ? [
          row({ gap: px(24), flexShrink: 0 }, [
            ...(trend ? [trendText(theme, trend, px(captionSize * 1.27))] : []),
            ...(caption ? [text(caption, { size: px(captionSize), color: theme.soft, lines: captionLines(theme, headline, options) })] : []),
          ]),
        ]
      : []),
  ]);
}

/** A caption too long for its row gets a second one, where there is room and no trend stands beside it. */
function captionLines(theme: Theme, { caption = "", trend }: Headline, options: HeadlineOptions): number {
  const { width, height = Number.POSITIVE_INFINITY, captionSize = TYPE.body } = options;
  const size = theme.px(captionSize);
  const isLong = textWidth(caption, size) > width;
  return isLong && !trend && height > theme.px(LEAST_FIGURE) * 1.12 + size * 2.5 + theme.px(14) ? 2 : 1;
}

/** A figure smaller than this, units, is no headline. */
const LEAST_FIGURE = 64;

function wordsHeight(theme: Theme, headline: Headline, options: HeadlineOptions): number {
  if (!headline.trend && !headline.caption) return 0;
  const size = theme.px(options.captionSize ?? TYPE.body);
  return theme.px(14) + Math.max(size * 1.25 * captionLines(theme, headline, options), headline.trend ? size * 1.6 : 0);
}

function withoutIcon(headline: Headline): Headline {
  const { icon: _icon, ...rest } = headline;
  return rest;
}

function figure(theme: Theme, headline: Headline, { width, sizes = SIZES, weight = 200 }: HeadlineOptions, room = Number.POSITIVE_INFINITY): SceneNode {
  const { px } = theme;
  const { value, unit = "", icon: sign } = headline;
  const isRaised = /^[°%′″]/.test(unit) && unit.length <= 2;
  const unitShare = isRaised ? 0.42 : 0.3;
  const whole = (size: number): number =>
    textWidth(value, size, weight) + (unit ? textWidth(unit, size * unitShare, 300) + size * 0.1 : 0) + (sign ? size * 0.95 : 0);
  const pixels = sizes.map(px);
  const size = pixels.find((candidate) => whole(candidate) <= width * 0.98 && candidate * 1.12 <= room) ?? pixels.at(-1)!;
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
  const style = { flexShrink: 0, ...margin };
  return text(unit, { size: size * unitShare, weight: 300, color: theme.soft, lineHeight: 1.15, style });
}

const TREND_ICONS = { up: "arrow-up-right", down: "arrow-down-right", flat: "arrow-right" } as const;
const TREND_LEVELS = { up: "ok", down: "bad", flat: "unknown" } as const;

/** `+1.8 %` in green with an arrow. */
export function trendText(theme: Theme, trend: NonNullable<Headline["trend"]>, size = theme.px(TYPE.lead)): SceneNode {
  const colour = statusColour(TREND_LEVELS[trend.direction], theme.soft);
  return row({ gap: size * 0.2, flexShrink: 0 }, [
    icon(TREND_ICONS[trend.direction], size * 1.05, colour, 2.25),
    text(trend.text, { size, weight: 500, color: colour, tabular: true }),
  ]);
}

/** A size at which a long value still fits on one line. */
export function valueSize(theme: Theme, words: string, width: number, sizes: readonly number[]): number {
  return fittingSize(words, width, sizes.map(theme.px), 500);
}
