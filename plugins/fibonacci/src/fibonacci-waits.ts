import type { NextRun, SchedulerInstance } from "@berth/sdk";

/** How {@link FibonacciWaits} grow. */
export interface FibonacciOptions {
  baseMs: number;
  maxMs: number;
}

/**
 * Waits of 1, 1, 2, 3, 5, 8, … times the base. When the next would pass the maximum the sequence begins again (RPT-139); a base above it
 * stays as it is.
 */
export class FibonacciWaits implements SchedulerInstance {
  readonly #options: FibonacciOptions;
  #previousMs = 0;
  #currentMs = 0;

  constructor(options: FibonacciOptions) {
    this.#options = options;
  }

  next(last: unknown): NextRun {
    if (last === undefined) return { delayMs: 0 };
    const { baseMs, maxMs } = this.#options;
    const nextMs = this.#currentMs + this.#previousMs;
    const startsAgain = nextMs === 0 || nextMs > maxMs;
    this.#previousMs = startsAgain ? 0 : this.#currentMs;
    this.#currentMs = startsAgain ? baseMs : nextMs;
    return { delayMs: this.#currentMs };
  }
}
