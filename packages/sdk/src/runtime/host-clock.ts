import type { Clock } from "@berth/base";

/**
 * The host's wall clock, as the guest follows it: the last reading it was sent, and the time since by the guest's own monotonic clock.
 * A sandbox may have another time than the host, and a test's host may have none that moves.
 */
export class HostClock {
  readonly #clock: Pick<Clock, "monotonicMs">;
  #nowAtSync = 0;
  #syncedMs = 0;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** Takes a reading of the host, milliseconds since 1970, that came at `monotonicMs` by the guest's clock. */
  sync(now: number, monotonicMs: number): void {
    this.#nowAtSync = now;
    this.#syncedMs = monotonicMs;
  }

  now(): number {
    return Math.floor(this.#nowAtSync + this.#clock.monotonicMs() - this.#syncedMs);
  }
}
