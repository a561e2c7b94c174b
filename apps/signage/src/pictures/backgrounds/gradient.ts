import type { GradientBackground, Rgb } from "./prepared-background.ts";

/** Dusk: the colours the signage of old has at its edges. Everything between is mixed so that no step looks grey. */
const TOP: Rgb = [30, 30, 80];
const BOTTOM: Rgb = [130, 180, 255];
const STOPS = 9;
/**
 * How far a tint turns the edges towards its own hue, radians: enough to tell two sources apart across the room. All the way
 * would end in mud, since the ground has to stay dark whatever the tint is.
 */
const TURN_AT_TOP = 0.45;
const TURN_AT_BOTTOM = 0.65;

const OPPOSITE = -2.4;

/** The calm background that is always there, tinted towards `tint` (`#rrggbb`) if one is given. */
export function gradientBackground(tint?: string): GradientBackground {
  const hue = tint === undefined ? undefined : parseHex(tint);
  const [top, bottom] = [toOklab(TOP), toOklab(BOTTOM)];
  const way = hue === undefined ? 0 : wayTo(bottom, toOklab(hue));
  const ends = [turned(top, clamped(way, TURN_AT_TOP)), turned(bottom, clamped(way, TURN_AT_BOTTOM))] as const;
  const stops = Array.from({ length: STOPS }, (_, index) => toRgb(mix(...ends, index / (STOPS - 1))));
  return { kind: "gradient", stops };
}

type Oklab = readonly [lightness: number, a: number, b: number];

/** How far, and which way round, it is from the hue of `colour` to that of `tint`, radians. A grey tint has no hue to go to. */
function wayTo([, a, b]: Oklab, [, tintA, tintB]: Oklab): number {
  if (Math.hypot(tintA, tintB) < 0.02) return 0;
  const way = Math.atan2(tintB, tintA) - Math.atan2(b, a);
  const shortest = Math.atan2(Math.sin(way), Math.cos(way));
  // Amber and orange lie opposite: both ways are as long, and dusk suits them better than the sea.
  return shortest < OPPOSITE ? shortest + 2 * Math.PI : shortest;
}

function clamped(way: number, most: number): number {
  return Math.max(-most, Math.min(most, way));
}

/** The same lightness and strength, another hue: text stays as readable as before. */
function turned([lightness, a, b]: Oklab, angle: number): Oklab {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [lightness, a * cos - b * sin, a * sin + b * cos];
}

function mix(from: Oklab, to: Oklab, share: number): Oklab {
  return [
    from[0] + (to[0] - from[0]) * share,
    from[1] + (to[1] - from[1]) * share,
    from[2] + (to[2] - from[2]) * share,
  ];
}

function parseHex(text: string): Rgb | undefined {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  return hex ? [Number.parseInt(hex[1]!, 16), Number.parseInt(hex[2]!, 16), Number.parseInt(hex[3]!, 16)] : undefined;
}

const toLinear = (channel: number): number => {
  const share = channel / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
};

const fromLinear = (light: number): number => {
  const share = light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
  return Math.min(255, Math.max(0, share * 255));
};

/** Björn Ottosson's OKLab: a straight line in it looks even to the eye. */
function toOklab([red, green, blue]: Rgb): Oklab {
  const [r, g, b] = [toLinear(red), toLinear(green), toLinear(blue)];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function toRgb([lightness, a, b]: Oklab): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    fromLinear(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    fromLinear(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    fromLinear(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}
