/** The restarts of one supervisor in the last while: what OTP calls its intensity. */
export class RestartWindow {
  #times: number[] = [];

  /** Restarts in the time that counts. */
  get count(): number {
    return this.#times.length;
  }

  /** One more is to be made at `nowMs`. @returns whether it may: not when there are more than `most` within `periodMs`. */
  admit(nowMs: number, { maxRestarts, periodMs }: { maxRestarts: number; periodMs: number }): boolean {
    let stale = 0;
    // One that is as old as the period still counts, as in OTP.
    while (stale < this.#times.length && nowMs - this.#times[stale]! > periodMs) stale++;
    if (stale > 0) this.#times.splice(0, stale);
    if (this.#times.length >= maxRestarts) return false;
    this.#times.push(nowMs);
    return true;
  }
}
