/** What became of an alert by one more figure. */
export type AlertChange = "raised" | "cleared";

/** When a figure is bad and when it is good, and for how long it must be either. */
export interface AlertBounds {
  above: number;
  clearAt: number;
  forMs: number;
}

/**
 * Watches one figure: raised once it was above its bound for the whole time, cleared once it was at or below the lower one for as long.
 * In between it stays what it is. What is not known (`null`) is no sign of anything bad.
 */
export class AlertWatch {
  readonly #bounds: AlertBounds;
  #isRaised = false;
  /** Since when the figures say otherwise. */
  #otherwiseSince: number | undefined;

  constructor(bounds: AlertBounds) {
    this.#bounds = bounds;
  }

  get isRaised(): boolean {
    return this.#isRaised;
  }

  /** Whether there is nothing to be remembered. */
  get isIdle(): boolean {
    return !this.#isRaised && this.#otherwiseSince === undefined;
  }

  add(figure: number | null, at: number): AlertChange | undefined {
    const { above, clearAt, forMs } = this.#bounds;
    const isOtherwise = this.#isRaised ? figure === null || figure <= clearAt : figure !== null && figure > above;
    if (!isOtherwise) {
      this.#otherwiseSince = undefined;
      return undefined;
    }
    this.#otherwiseSince ??= at;
    if (at - this.#otherwiseSince < forMs) return undefined;
    this.#otherwiseSince = undefined;
    this.#isRaised = !this.#isRaised;
    return this.#isRaised ? "raised" : "cleared";
  }
}
