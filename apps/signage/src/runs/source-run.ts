import type { ErrorCode, SignageContent } from "@berth/contract";

/** What one run of one source came to. */
export interface SourceRun {
  id: string;
  /** The source type, such as `weather`. */
  type: string;
  /** What started it: `cron`, `once`, `manual`. */
  trigger: string;
  /** The instant it was scheduled for, milliseconds since 1970. */
  slot?: number;
  /** Milliseconds since 1970. */
  startedAt: number;
  completedAt: number;
  durationMs: number;
  /** `skipped`: the source declined; `cached`: it failed and older content was drawn. */
  outcome: "success" | "failed" | "skipped" | "cached";
  error?: { code: ErrorCode; message: string };
  /** Lines of the content. */
  dataPoints: number;
  attempts: number;
  /** Age of the content that was drawn, when it is an older one. */
  ageMs?: number;
  /** The files written, the main picture first. */
  pictures: string[];
  correlationId: string;
}

/** Content on its way to a picture. */
export interface Drawable {
  content: SignageContent;
  /** When the content was fetched, milliseconds since 1970. */
  fetchedAt: number;
  /** Set when older content stands in for a failed fetch. */
  staleForMs?: number;
}

/** Draws content and writes the files; resolves with their paths. */
export type Draw = (drawable: Drawable, signal: AbortSignal) => Promise<string[]>;
