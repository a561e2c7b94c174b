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
 * A scale that holds all values with some `count` steps of 1, 2, 2.5 or 5 times a power of ten. It starts at zero when the
 * lowest value is at most half the highest, since a chart cut off far above zero tells small changes as large ones. Whole
 * numbers, such as counts, get no steps between them.
 */
export function scaleOf(values: readonly number[], count: number, options: { zero?: boolean } = {}): Scale {
  let low = Math.min(...values);
  let high = Math.max(...values);
  if (options.zero || (low > 0 && low <= high / 2)) low = Math.min(0, low);
  if (options.zero) high = Math.max(0, high);
  // A span that arithmetic cannot tell from none gives no steps.
  if (high - low <= Math.max(Math.abs(low), Math.abs(high), 1e-9) * 1e-9) [low, high] = around(low);
  const tightest = tightestStep(low, high, count);
  const step = values.every(Number.isInteger) ? Math.max(1, Math.ceil(tightest)) : tightest;
  const [first, last] = ends(low, high, step);
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => clean((first + index) * step));
  const [bottom, top] = [ticks[0]!, ticks.at(-1)!];
  const y = (value: number, height: number): number => height * (1 - (value - bottom) / (top - bottom));
  return { low: bottom, high: top, step, ticks, y };
}

/** Of the steps that give about `count` of them, the one that leaves the least empty above and below. */
function tightestStep(low: number, high: number, count: number): number {
  const steps = [count, count + 1, count - 1].filter((some) => some >= 1).map((some) => niceStep((high - low) / some));
  const waste = (step: number): number => {
    const [first, last] = ends(low, high, step);
    // A step more than asked for costs as much as a tenth of the chart left empty.
    return ((last - first) * step) / (high - low) + Math.max(0, last - first - count) * 0.1;
  };
  return steps.reduce((best, step) => (waste(step) < waste(best) - 1e-9 ? step : best));
}

function ends(low: number, high: number, step: number): [number, number] {
  return [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)];
}

function around(value: number): [number, number] {
  if (Math.abs(value) < 1e-12) return [0, 1];
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
