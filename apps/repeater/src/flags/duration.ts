const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  // Both signs that are typed for it.
  "\u00b5s": 1e-3,
  "\u03bcs": 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h|d|w)/gy;

/**
 * Milliseconds of a duration as Go writes them, with days and weeks beside: `1h30m`, `1.5s`, `1d12h`, `2w`. `undefined` when it is
 * none; only `0` may be without a unit.
 */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  let total = 0;
  let end = 0;
  for (const part of text.matchAll(PART)) {
    total += Number(part[1]) * UNIT_MS[part[2]!]!;
    end = part.index + part[0].length;
  }
  return end > 0 && end === text.length ? total : undefined;
}

const SHOWN = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
] as const;

/** As a person reads it: `350ms`, `1.5s`, `2m30s`, `1d2h`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Number(ms.toPrecision(3))}ms`;
  let rest = ms;
  let text = "";
  for (const [unit, unitMs] of SHOWN) {
    const count = Math.floor(rest / unitMs);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitMs;
  }
  const seconds = Number((rest / 1_000).toFixed(text === "" ? 3 : 0));
  return seconds > 0 || text === "" ? `${text}${seconds}s` : text;
}
