const SLICE_MS = 100; // the kernel's own period for CPU: shorter costs wake-ups, longer is felt by callers
const MOST_SLICES = 2; // one to go on with, one for what the machine could not give in time

/**
 * How much of something may be used over time. What was used too much is a debt, paid back by standing still, so that the rate in
 * the long run is exact however coarse the looks are.
 */
export class RateBudget {
  #perMs: number;
  #balance: number;

  constructor(perMs: number) {
    this.#perMs = perMs;
    this.#balance = perMs * SLICE_MS;
  }

  /** What may be used before it is spent; negative when it is. Never more than two slices: rest is not saved up. */
  get balance(): number {
    return this.#balance;
  }

  get isSpent(): boolean {
    return this.#balance < 0;
  }

  /** How long until going on is worth it: a whole slice is there again. */
  get msUntilSlice(): number {
    return Math.max(0, SLICE_MS - this.#balance / this.#perMs);
  }

  /** From now on; a debt stays one, in time. */
  setRate(perMs: number): void {
    this.#balance *= perMs / this.#perMs;
    this.#perMs = perMs;
  }

  advance(elapsedMs: number, used: number): void {
    this.#balance = Math.min(this.#perMs * SLICE_MS * MOST_SLICES, this.#balance + this.#perMs * elapsedMs) - used;
  }
}
