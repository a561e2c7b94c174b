/** How many calls a second, and what becomes of the others. */
export interface RatePolicy {
  /** Calls a second in the long run; `Infinity` for no limit. */
  perSecond: number;
  /** Calls that may come at once after a pause. */
  burst: number;
  /** How many more may wait for their turn; with 0 they are refused. */
  maxQueued: number;
}

/**
 * A token bucket kept as one number, the time at which it would be full again: no timer, and nothing to refill. Whoever is to wait
 * has its turn from the start, so turns are in the order of the calls.
 */
export class RateLimiter {
  readonly #everyMs: number;
  readonly #slackMs: number;
  #fullAtMs = -Infinity;

  constructor({ perSecond, burst }: RatePolicy) {
    this.#everyMs = 1_000 / perSecond;
    this.#slackMs = (burst - 1) * this.#everyMs;
  }

  /** How long a call that came now would wait for its turn. @param nowMs by a clock that never goes back. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#fullAtMs - this.#slackMs - nowMs);
  }

  /** Takes the next turn, which comes after {@link waitMs}. */
  take(nowMs: number): void {
    this.#fullAtMs = Math.max(this.#fullAtMs, nowMs) + this.#everyMs;
  }
}
