import { isDeepStrictEqual } from "node:util";
import type { Clock } from "@berth/base";

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
  readonly #clock: Clock;
  #policy: RatePolicy;
  #everyMs = 0;
  #slackMs = 0;
  #fullAtMs = -Infinity;
  #queued = 0;

  constructor(policy: RatePolicy, clock: Clock) {
    this.#clock = clock;
    this.#policy = policy;
    this.#measure();
  }

  /** How many wait for their turn. */
  get queued(): number {
    return this.#queued;
  }

  /** Goes on under another policy; one that is the same lets no burst pass anew. */
  adapt(policy: RatePolicy): void {
    if (isDeepStrictEqual(policy, this.#policy)) return;
    this.#policy = policy;
    this.#fullAtMs = -Infinity;
    this.#measure();
  }

  /** Takes a turn if one is free. @param nowMs by `monotonicMs`. */
  tryTake(nowMs: number): boolean {
    if (this.#everyMs === 0) return true;
    if (this.#fullAtMs - this.#slackMs > nowMs) return false;
    this.#fullAtMs = Math.max(this.#fullAtMs, nowMs) + this.#everyMs;
    return true;
  }

  /** How long a call that came now would wait for its turn. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#fullAtMs - this.#slackMs - nowMs);
  }

  /**
   * Takes the next turn, which comes after {@link waitMs}; disposing the result gives up the wait. `undefined` when too many wait, or
   * the turn would come after `limitMs`.
   */
  queue(nowMs: number, limitMs: number, onTurn: () => void): Disposable | undefined {
    const waitMs = this.waitMs(nowMs);
    if (this.#queued >= this.#policy.maxQueued || waitMs >= limitMs) return undefined;
    this.#fullAtMs += this.#everyMs;
    this.#queued++;
    let isWaiting = true;
    const leave = (): void => {
      if (isWaiting) this.#queued--;
      isWaiting = false;
      timer[Symbol.dispose]();
    };
    const timer = this.#clock.setTimer(() => {
      leave();
      onTurn();
    }, waitMs);
    return { [Symbol.dispose]: leave };
  }

  #measure(): void {
    const { perSecond, burst } = this.#policy;
    this.#everyMs = 1_000 / perSecond;
    this.#slackMs = (burst - 1) * this.#everyMs;
  }
}
