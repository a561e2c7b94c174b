import type { Rate } from "@berth/sdk";

/**
 * The attempts that were made or are promised, and where the next request fits. A request made at t stands for an attempt at t plus each of
 * the offsets. It fits when no window `[a, a + W)` that begins at an attempt holds more than R of them, the new ones included.
 *
 * All times are whole milliseconds.
 */
export class Attempts {
  readonly #rate: Rate;
  readonly #offsets: readonly number[];
  /** In order. */
  #times: number[] = [];

  constructor(rate: Rate, offsetsMs: readonly number[]) {
    this.#rate = rate;
    this.#offsets = offsetsMs;
  }

  get count(): number {
    return this.#times.length;
  }

  /** The first moment at or after `fromMs` at which a request fits; takes it. */
  takeNext(fromMs: number): number {
    this.#forget(fromMs);
    let at = fromMs;
    for (let later = this.#laterThan(at); later !== undefined; later = this.#laterThan(at)) at = later;
    for (const offset of this.#offsets) this.#add(at + offset);
    return at;
  }

  /** Gives back the attempts of the request at `requestMs` that were not needed: those after the first `used`. */
  giveBack(requestMs: number, used: number): void {
    for (const offset of this.#offsets.slice(used)) {
      const at = this.#firstFrom(requestMs + offset);
      if (this.#times[at] === requestMs + offset) this.#times.splice(at, 1);
    }
  }

  /** The first moment at which what keeps a request from fitting at `at` is over; `undefined` when nothing does. */
  #laterThan(at: number): number | undefined {
    const added = this.#offsets.map((offset) => at + offset);
    const { windowMs } = this.#rate;
    for (const [nth, attempt] of added.entries()) {
      const own = this.#overflow(attempt, added);
      // Its own window moves with it: so many of the attempts that were there must have dropped out at its beginning.
      if (own > 0) return this.#times[this.#firstFrom(attempt) + own - 1]! - this.#offsets[nth]! + 1;
      const from = this.#firstFrom(attempt - windowMs + 1);
      for (let i = from; i < this.#times.length && this.#times[i]! < attempt; i++) {
        const begin = this.#times[i]!;
        const overflow = this.#overflow(begin, added);
        if (overflow === 0) continue;
        // So many of the new ones, the last of them first, must come after its end.
        const within = added.filter((time) => time >= begin && time < begin + windowMs);
        const leaves = within.at(-overflow)!;
        return at + (begin + windowMs - leaves);
      }
    }
    return undefined;
  }

  /** By how many attempts the window that begins at `begin` would hold too many. */
  #overflow(begin: number, added: readonly number[]): number {
    const end = begin + this.#rate.windowMs;
    const known = this.#firstFrom(end) - this.#firstFrom(begin);
    const own = added.filter((time) => time >= begin && time < end).length;
    return Math.max(0, known + own - this.#rate.runs);
  }

  /** What no window that is still to come can hold. */
  #forget(nowMs: number): void {
    const old = this.#firstFrom(nowMs - this.#rate.windowMs + 1);
    if (old > 0) this.#times = this.#times.slice(old);
  }

  #add(time: number): void {
    this.#times.splice(this.#firstFrom(time + 1), 0, time);
  }

  /** Where the first one at or after `time` is. */
  #firstFrom(time: number): number {
    let [from, to] = [0, this.#times.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#times[middle]! < time) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
