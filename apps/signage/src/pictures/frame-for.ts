import type { Frame } from "@berth/contract";
import { footerText, staleText } from "./footer-text.ts";

export interface FrameRequest {
  width: number;
  height: number;
  /** Whether the background is a photo. */
  photo: boolean;
  /** Now, milliseconds since 1970. */
  now: number;
  /** When the data was true, ISO 8601; as `SignageContent.observedAt`. */
  observedAt?: string | undefined;
  /** Whether the data is older than it should be: kept from an earlier run because the source failed. */
  stale?: boolean;
  /** Whom the photo is from. */
  photoCredit?: string | undefined;
  locale?: string;
  timeZone?: string;
}

/** Televisions cut off up to 5 % at each edge. */
const SAFE_SHARE = 0.05;

/** The sheet a layout draws on, with its units, safe area and the sentences of its foot. */
export function frameFor(request: FrameRequest): Frame {
  const { width, height, photo, locale = "en-GB", timeZone = "UTC" } = request;
  const when = { now: request.now, observedAt: request.observedAt, locale, timeZone };
  const foot = [footerText(when), request.photoCredit].filter(Boolean).join(" · ");
  return {
    width,
    height,
    safeX: Math.round(width * SAFE_SHARE),
    safeY: Math.round(height * SAFE_SHARE),
    unit: unitOf(width, height),
    photo,
    footer: foot,
    stale: request.stale ? staleText(when) : "",
    locale,
    timeZone,
  };
}

/** By area, so that a portrait and a square sheet get text of a like size, but never too tall for the shorter side. */
function unitOf(width: number, height: number): number {
  return Math.min(Math.sqrt((width * height) / (1920 * 1080)), Math.min(width, height) / 1080);
}
