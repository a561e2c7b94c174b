import type { LimitEvent } from "./runner.ts";

/** A limit that is hit over and over is one story; it is told again after this. */
const TOLD_EVERY_MS = 10_000;

/** Tells of limits that were hit: at the start of an episode, and at most once in ten seconds while it lasts. */
export class LimitEpisodes {
  readonly #report: (event: LimitEvent) => void;
  readonly #toldMs = new Map<string, number>();

  constructor(report: (event: LimitEvent) => void) {
    this.#report = report;
  }

  hit(event: LimitEvent, nowMs: number): void {
    // To be refused is news for one that was only slowed down so far.
    const story = `${event.limit} ${event.action}`;
    const toldMs = this.#toldMs.get(story);
    if (toldMs !== undefined && nowMs - toldMs < TOLD_EVERY_MS && event.action !== "ended") return;
    this.#toldMs.set(story, nowMs);
    this.#report({ ...event, used: tidy(event.used) });
  }
}

/** Two decimals are more than a sample knows. */
function tidy(figure: number): number {
  return Math.round(figure * 100) / 100;
}
