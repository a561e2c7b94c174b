/** So many runs in a length of time: `100/1h`. */
export interface Rate {
  runs: number;
  windowMs: number;
}

const RATE = /^(\d{1,9})\/((?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+)$/;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @returns nothing for what is no rate, or one that allows no run. */
export function parseRate(text: string): Rate | undefined {
  const [, runs, window] = RATE.exec(text) ?? [];
  if (window === undefined || Number(runs) < 1) return undefined;
  const windowMs = Math.round(durationMs(window));
  return windowMs >= 1 ? { runs: Number(runs), windowMs } : undefined;
}

function durationMs(text: string): number {
  let ms = 0;
  for (const [, number, unit] of text.matchAll(PART)) ms += Number(number) * UNIT_MS[unit!]!;
  return ms;
}
