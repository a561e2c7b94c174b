/** What lies behind a scene, ready to be drawn. Made by `prepareBackground`, which never fails. */
export type PreparedBackground = GradientBackground | PhotoBackground;

/** Colours from the top edge to the bottom edge, evenly spaced, before the overlay. */
export interface GradientBackground {
  kind: "gradient";
  stops: Rgb[];
}

/** Pixels of exactly `width` by `height`, three bytes each, before the overlay. */
export interface PhotoBackground {
  kind: "photo";
  width: number;
  height: number;
  pixels: Uint8Array;
  /** Who took it, to be shown small: `Photo: Jane Doe, Unsplash`. */
  credit?: string;
}

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** The overlay is black, from nothing at the top to this share at the bottom, so that text stands out on any picture. */
export const OVERLAY_AT_BOTTOM = 0.4;
