import { parseDuration } from "./duration.ts";

/** So many runs in a length of time. */
export interface Rate {
  runs: number;
  windowMs: number;
}

const RATE = /^(\d{1,9})\/(.+)$/;

/**
 * A rate such as `100/1h`, or `undefined` for what is none, and for one that allows no run.
 *
 * @example
 * parseRate("100/1h"); // { runs: 100, windowMs: 3_600_000 }
 */
export function parseRate(text: string): Rate | undefined {
  const [, runs, window = ""] = RATE.exec(text) ?? [];
  const windowMs = Math.round(parseDuration(window) ?? 0);
  return Number(runs) >= 1 && windowMs >= 1 ? { runs: Number(runs), windowMs } : undefined;
}
