/** The wait after the nth attempt that failed, n from 1, in milliseconds. What grows past every number is cut by whoever asks. */
export type Waits = (n: number) => number;

/** base, base × multiplier, base × multiplier² and so on. */
export function exponential(baseMs: number, multiplier: number): Waits {
  return (n) => baseMs * multiplier ** (n - 1);
}

/** base × 1, 1, 2, 3, 5, 8 and so on. */
export function fibonacci(baseMs: number): Waits {
  return (n) => {
    let [current, next] = [1, 1];
    for (let i = 1; i < n && Number.isFinite(current); i++) [current, next] = [next, current + next];
    return baseMs * current;
  };
}

/** One step more each time. */
export function linear(incrementMs: number): Waits {
  return (n) => n * incrementMs;
}

/** base × n to the power of the exponent. */
export function polynomial(baseMs: number, exponent: number): Waits {
  return (n) => baseMs * n ** exponent;
}

/**
 * Uniform between base and the last wait times the multiplier, so that clients which failed together drift apart. Keeps the last wait:
 * one for each series.
 */
export function decorrelatedJitter(baseMs: number, multiplier: number, maxMs: number, random: () => number): Waits {
  let previousMs = baseMs;
  return () => {
    previousMs = Math.min(baseMs + random() * (previousMs * multiplier - baseMs), maxMs);
    return previousMs;
  };
}
