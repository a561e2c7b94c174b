import { type Clock, sleep } from "@berth/base";
import { type WakeAt, waitUntil } from "./wait-until.ts";

/** What ended the runs. `signal` and `pipe` come from outside. */
export type StopReason = "schedule" | "times" | "for" | "until" | "success" | "failures" | "signal" | "pipe" | "failed";

/** What {@link Stops} watches. */
export interface StopsOptions {
  clock: Clock;
  stop: AbortSignal;
  forMs?: number | undefined;
  until?: number | undefined;
  graceMs: number;
  longestSleepMs?: number | undefined;
  wakeAt?: WakeAt | undefined;
}

/** Everything that ends the runs, and the grace time after it. */
export class Stops implements Disposable {
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #ended = new AbortController();
  readonly #killing = new AbortController();
  readonly #owned = new DisposableStack();
  readonly #endMonotonic: number;
  readonly #until: number;
  #reason: StopReason | undefined;

  constructor({ clock, stop, forMs, until, graceMs, longestSleepMs, wakeAt }: StopsOptions) {
    this.#clock = clock;
    this.#graceMs = graceMs;
    this.#endMonotonic = clock.monotonicMs() + (forMs ?? Infinity);
    this.#until = until ?? Infinity;
    const ignore = (): void => undefined;
    if (forMs !== undefined) void sleep(clock, forMs, this.#untilOver()).then(() => this.end("for"), ignore);
    if (until !== undefined) {
      const waiting = waitUntil(clock, until, this.#untilOver(), { wakeAt, longestSleepMs });
      void waiting.then(() => this.end("until"), ignore);
    }
    const onStop = (): void => this.end(stop.reason as StopReason);
    if (stop.aborted) onStop();
    else {
      stop.addEventListener("abort", onStop, { once: true });
      this.#owned.defer(() => stop.removeEventListener("abort", onStop));
    }
  }

  get reason(): StopReason | undefined {
    return this.#reason;
  }

  /** Fires when no run may begin any more. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Fires when the grace time of what runs is over. */
  get killing(): AbortSignal {
    return this.#killing.signal;
  }

  /** Whether a run that is due then would come after the end. */
  isPastEnd(at: number): boolean {
    return at >= this.#until || this.#clock.monotonicMs() + (at - this.#clock.now()) >= this.#endMonotonic;
  }

  /** Nothing is due before the deadline any more. */
  endAtDeadline(): void {
    this.end(this.#until === Infinity ? "for" : "until");
  }

  /** The first reason counts. */
  end(reason: StopReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#ended.abort(new Error(`ended: ${reason}`));
    // Nobody reads what it says any more, or nothing can be kept of it.
    if (reason === "pipe" || reason === "failed" || this.#graceMs === 0) this.#killing.abort();
    else this.#owned.use(this.#clock.setTimer(() => this.#killing.abort(), this.#graceMs));
  }

  /** Fires when the runs are over. */
  #untilOver(): AbortSignal {
    const waits = new AbortController();
    this.#owned.defer(() => waits.abort(new Error("the runs are over")));
    return waits.signal;
  }

  [Symbol.dispose](): void {
    this.#owned.dispose();
  }
}
