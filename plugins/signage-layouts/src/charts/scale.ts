/** An axis of values: round ends, round steps. */
export interface Scale {
  low: number;
  high: number;
  step: number;
  ticks: number[];
  /** Pixels from the top of `height` for a value. */
  y(value: number, height: number): number;
}

/**
 * A scale that holds all values with some `count` steps of 1, 2, 2.5 or 5 times a power of ten. It starts at zero when zero is
 * near, since a chart cut off far above zero tells small changes as large ones.
 */
export function scaleOf(values: readonly number[], count: number, options: { zero?: boolean } = {}): Scale {
  let low = Math.min(...values);
  let high = Math.max(...values);
  if (options.zero || (low > 0 && low < (high - low) * 0.6)) low = Math.min(0, low);
  if (options.zero) high = Math.max(0, high);
  if (low === high) [low, high] = around(low);
  const step = niceStep((high - low) / Math.max(1, count));
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => clean((first + index) * step));
  const [bottom, top] = [ticks[0]!, ticks.at(-1)!];
  const y = (value: number, height: number): number => height * (1 - (value - bottom) / (top - bottom));
  return { low: bottom, high: top, step, ticks, y };
}

function around(value: number): [number, number] {
  if (value === 0) return [0, 1];
  return value > 0 ? [0, value * 1.25] : [value * 1.25, 0];
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const nice = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10;
  return nice * power;
}

/** 0.1 + 0.2 must not be written as 0.30000000000000004. */
function clean(value: number): number {
  return Number(value.toPrecision(12));
}
