import type { Frame, SignageContent, StatusLevel } from "@berth/sdk";

/**
 * The measures and colours all layouts share. Type sizes are layout units, each about a third larger than the one before; the
 * smallest can be read from three metres off a television of 55 inches.
 */
export const TYPE = {
  tiny: 23,
  small: 27,
  body: 33,
  lead: 42,
  title: 56,
  large: 76,
  display: 112,
  hero: 168,
  giant: 260,
} as const;

export interface Theme {
  frame: Frame;
  /** Units to pixels. */
  px: (units: number) => number;
  /** Wider than tall by enough to set things side by side. */
  wide: boolean;
  accent: string;
  text: string;
  /** For words beside a figure. */
  soft: string;
  /** For axes and the foot. */
  faint: string;
  hairline: string;
  /** What a gauge is filled into. */
  track: string;
  panel: string;
  /** Darkens a photo so that text can be read anywhere on it; nothing on the gradient. */
  scrim: string;
}

/** On a small panel text shrinks less than the sheet does, or nobody could read it. */
const SMALL_SHEET = 0.55;
const SMALL_SHEET_BOOST = 1.22;
const DEFAULT_ACCENT = "#9ccfff";

const STATUS_COLOURS: Record<StatusLevel, string> = {
  ok: "#6fe3a5",
  warn: "#ffcf66",
  bad: "#ff8a7f",
  unknown: "#b9c4d8",
};

export function themeOf(content: SignageContent, frame: Frame): Theme {
  const unit = frame.unit * (frame.unit < SMALL_SHEET ? SMALL_SHEET_BOOST : 1);
  return {
    frame,
    px: (units) => Math.round(units * unit * 100) / 100,
    wide: frame.width >= frame.height * 1.15,
    accent: /^#[0-9a-f]{6}$/i.test(content.accent ?? "") ? readable(content.accent!) : DEFAULT_ACCENT,
    text: "#ffffff",
    soft: "rgba(255,255,255,0.78)",
    faint: "rgba(255,255,255,0.62)",
    hairline: "rgba(255,255,255,0.16)",
    track: "rgba(255,255,255,0.15)",
    panel: frame.photo ? "rgba(9,12,26,0.55)" : "rgba(10,14,48,0.26)",
    scrim: frame.photo ? "linear-gradient(180deg, rgba(6,9,22,0.6), rgba(6,9,22,0.46) 45%, rgba(6,9,22,0.5))" : "",
  };
}

export function statusColour(level: StatusLevel | undefined, otherwise: string): string {
  return level === undefined ? otherwise : STATUS_COLOURS[level];
}

/** `colour` (`#rrggbb`) at a share of its strength. */
export function withAlpha(colour: string, alpha: number): string {
  const [red, green, blue] = channels(colour);
  return `rgba(${red},${green},${blue},${alpha})`;
}

/** How easily two colours (`#rrggbb`) are told apart, more being easier. */
export function colourDistance(one: string, other: string): number {
  const [a, b] = [channels(one), channels(other)];
  return Math.hypot(...a.map((channel, index) => channel - b[index]!));
}

/** Dark accents are lifted until they stand out on the dark ground. */
function readable(colour: string): string {
  let [red, green, blue] = channels(colour);
  for (let step = 0; step < 12 && 0.2126 * red + 0.7152 * green + 0.0722 * blue < 165; step++) {
    [red, green, blue] = [red, green, blue].map((channel) => channel + (255 - channel) * 0.15) as [
      number,
      number,
      number,
    ];
  }
  return `#${[red, green, blue].map((channel) => Math.round(channel).toString(16).padStart(2, "0")).join("")}`;
}

function channels(colour: string): [number, number, number] {
  return [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16)) as [number, number, number];
}
