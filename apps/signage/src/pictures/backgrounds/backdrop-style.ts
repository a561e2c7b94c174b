import { OVERLAY_AT_BOTTOM, type PreparedBackground, type Rgb } from "./prepared-background.ts";

/**
 * The style of the sheet. A gradient is drawn by the engine with the overlay already multiplied into its colours: one fill
 * instead of two, and it can be dithered as a whole. Over a photo the sheet is only the overlay, and the photo goes below.
 */
export function backdropStyle(background: PreparedBackground): { backgroundImage: string } {
  if (background.kind === "photo") {
    return { backgroundImage: `linear-gradient(180deg, rgba(0,0,0,0), rgba(0,0,0,${OVERLAY_AT_BOTTOM}))` };
  }
  const last = Math.max(1, background.stops.length - 1);
  const stops = background.stops.map(
    (stop, index) => `${shaded(stop, index / last)} ${((100 * index) / last).toFixed(2)}%`,
  );
  return { backgroundImage: `linear-gradient(180deg, ${stops.join(", ")})` };
}

function shaded(stop: Rgb, down: number): string {
  const light = 1 - OVERLAY_AT_BOTTOM * down;
  return `rgb(${stop.map((channel) => (channel * light).toFixed(1)).join(",")})`;
}
