import type { Clock } from "@berth/base";
import { HostError } from "@berth/contract";

/** What ends work that runs when a stop comes. */
export interface DrainOptions {
  stop: AbortSignal;
  /** Ends it at once. */
  hurry: AbortSignal;
  /** How long after `stop` it is ended in any case. */
  limitMs: number;
}

/** The signal for work that may go on for a while when it is to stop. */
export class Drain implements Disposable {
  readonly signal: AbortSignal;
  readonly #clock: Clock;
  readonly #options: DrainOptions;
  readonly #timeOver = new AbortController();
  #timer: Disposable | undefined;

  constructor(clock: Clock, options: DrainOptions) {
    this.#clock = clock;
    this.#options = options;
    this.signal = AbortSignal.any([options.hurry, this.#timeOver.signal]);
    if (options.stop.aborted) this.#begin();
    else options.stop.addEventListener("abort", this.#begin, { once: true });
  }

  [Symbol.dispose](): void {
    this.#options.stop.removeEventListener("abort", this.#begin);
    this.#timer?.[Symbol.dispose]();
  }

  readonly #begin = (): void => {
    const end = (): void => this.#timeOver.abort(new HostError("CALL_CANCELLED", "The time to stop is over"));
    this.#timer = this.#clock.setTimer(end, this.#options.limitMs);
  };
}
