/** A number as its axis or bar says it: the locale's digits, as many decimals as `step` needs, the unit where it belongs. */
export function formatValue(
  value: number,
  options: { locale: string; unit?: string | undefined; step?: number },
): string {
  const { locale, unit = "", step } = options;
  return withUnit(numberFormat(locale, decimalsFor(value, step)).format(value), unit);
}

/** `54°`, `82%` and `$12` stand together, other units after a space. */
export function withUnit(value: string, unit: string): string {
  if (unit === "") return value;
  if (/^[$€£¥]$/.test(unit)) return value.startsWith("-") ? `-${unit}${value.slice(1)}` : `${unit}${value}`;
  return /^[°%′″]/.test(unit) ? `${value}${unit}` : `${value} ${unit}`;
}

function decimalsFor(value: number, step: number | undefined): number {
  if (step !== undefined) return decimalsOf(step);
  const size = Math.abs(value);
  return size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2;
}

/** Of 2.5 one, of 0.25 two; of a step that is not round as many as its size asks for. */
function decimalsOf(step: number): number {
  const needed = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  const isRound = (decimals: number): boolean =>
    Math.abs(step * 10 ** decimals - Math.round(step * 10 ** decimals)) < 1e-9;
  return Math.min(6, [needed, needed + 1].find(isRound) ?? needed);
}

function numberFormat(locale: string, decimals: number): Intl.NumberFormat {
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  try {
    return new Intl.NumberFormat(locale, options);
  } catch {
    return new Intl.NumberFormat("en-GB", options);
  }
}

export function clamp(value: number, low: number, high: number): number {
  return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : low;
}
