import type { LastRun, NextRun, Rate, SchedulerInstance } from "@berth/sdk";
import { Attempts } from "./attempts.ts";

/** How {@link LimitedRuns} keep to a rate. */
export interface LimitedRunsOptions {
  rate: Rate;
  /** When the attempts of a request come, from its beginning; in order, the first is 0. */
  offsetsMs: readonly number[];
  now: () => number;
}

/**
 * Requests as often as the rate allows. One that fails is attempted again at the offsets that room was kept for; one that succeeds gives
 * that room back.
 */
export class LimitedRuns implements SchedulerInstance {
  readonly #attempts: Attempts;
  readonly #offsetsMs: readonly number[];
  readonly #now: () => number;
  #request: { atMs: number; made: number } | undefined;
  /** Time does not go back here. */
  #latestMs = -Infinity;

  constructor({ rate, offsetsMs, now }: LimitedRunsOptions) {
    this.#attempts = new Attempts(rate, offsetsMs);
    this.#offsetsMs = offsetsMs;
    this.#now = now;
  }

  next(last: LastRun | undefined): NextRun {
    const nowMs = Math.max(Math.ceil(this.#now()), this.#latestMs);
    this.#latestMs = nowMs;
    return (last && !last.success && this.#retry(nowMs)) || this.#begin(nowMs);
  }

  #retry(nowMs: number): NextRun | undefined {
    const request = this.#request;
    const offsetMs = request && this.#offsetsMs[request.made];
    if (offsetMs === undefined) return undefined;
    const delayMs = Math.max(0, request!.atMs + offsetMs - nowMs);
    request!.made++;
    return { delayMs, note: `attempt ${request!.made} of ${this.#offsetsMs.length}` };
  }

  #begin(nowMs: number): NextRun {
    if (this.#request) this.#attempts.giveBack(this.#request.atMs, this.#request.made);
    const atMs = this.#attempts.takeNext(nowMs);
    this.#request = { atMs, made: 1 };
    return { delayMs: atMs - nowMs };
  }
}
