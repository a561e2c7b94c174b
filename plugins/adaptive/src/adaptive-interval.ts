import type { LastRun, NextRun, SchedulerInstance } from "@berth/sdk";
import { Circuit, type CircuitState } from "./circuit.ts";

/** How an {@link AdaptiveInterval} changes. Lengths of time are milliseconds. */
export interface AdaptiveOptions {
  baseMs: number;
  minMs: number;
  maxMs: number;
  /** Runs that take longer than so many times the base are slow. */
  slowFactor: number;
  /** Runs that take less than so many times the base are fast. */
  fastFactor: number;
  openBelow: number;
  /** Whether a failure makes the interval shorter, as it did in the program that this one takes the place of. */
  isCompatible: boolean;
}

/** Weight of the last run in the average. */
const WEIGHT = 0.1;
const STEP_MS = 200;
/** The rate falls to so much of what it was with each failure. */
const DECREASE = 0.6;
const CIRCUIT_FACTORS: Readonly<Record<CircuitState, number>> = { closed: 1, "half-open": 2, open: 4 };

/**
 * Additive increase, multiplicative decrease, of the rate: a failure makes the interval longer by a factor, slow runs make it longer by a
 * step, fast ones shorter by a step. While most runs fail it is stretched further.
 */
export class AdaptiveInterval implements SchedulerInstance {
  readonly #options: AdaptiveOptions;
  readonly #circuit: Circuit;
  #intervalMs: number;
  #averageMs: number | undefined;

  constructor(options: AdaptiveOptions) {
    this.#options = options;
    this.#circuit = new Circuit(options);
    this.#intervalMs = options.baseMs;
  }

  next(last: LastRun | undefined): NextRun {
    if (!last) return { delayMs: 0 };
    this.#adapt(last);
    const { maxMs } = this.#options;
    const delayMs = Math.min(this.#intervalMs * CIRCUIT_FACTORS[this.#circuit.state], maxMs);
    return { delayMs, note: this.#note(delayMs) };
  }

  #adapt({ success, durationMs }: LastRun): void {
    const { baseMs, minMs, maxMs, slowFactor, fastFactor, isCompatible } = this.#options;
    this.#circuit.note(success);
    this.#averageMs =
      this.#averageMs === undefined ? durationMs : this.#averageMs + WEIGHT * (durationMs - this.#averageMs);
    let intervalMs = this.#intervalMs;
    if (!success) intervalMs *= isCompatible ? DECREASE : 1 / DECREASE;
    else if (this.#averageMs > baseMs * slowFactor) intervalMs += STEP_MS;
    else if (this.#averageMs < baseMs * fastFactor) intervalMs -= STEP_MS;
    this.#intervalMs = Math.min(Math.max(intervalMs, minMs), maxMs);
  }

  #note(delayMs: number): string {
    const { state, chance } = this.#circuit;
    const average = Math.round(this.#averageMs ?? 0);
    return `every ${Math.round(delayMs)} ms; runs take ${average} ms, ${Math.round(chance * 100)} % succeed, circuit ${state}`;
  }
}
