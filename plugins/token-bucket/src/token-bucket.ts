import type { NextRun, Rate, SchedulerInstance } from "@berth/sdk";

/** What a {@link TokenBucket} holds. */
export interface BucketOptions {
  rate: Rate;
  /** Tokens it holds at most, and at the start. */
  burst: number;
  /** Milliseconds; one that goes back adds nothing. */
  now: () => number;
}

/**
 * A bucket of tokens, full at the start; each run takes one. Its level is counted in parts of a token, whole numbers all of them, so that
 * nothing is lost by rounding however long it runs: one token is `windowMs` parts, and each millisecond adds `runs` of them.
 */
export class TokenBucket implements SchedulerInstance {
  readonly #options: BucketOptions;
  readonly #fullParts: bigint;
  #parts: bigint;
  #atMs: number;

  constructor(options: BucketOptions) {
    this.#options = options;
    this.#fullParts = BigInt(options.burst) * BigInt(options.rate.windowMs);
    this.#parts = this.#fullParts;
    this.#atMs = Math.floor(options.now());
  }

  next(): NextRun {
    const { runs, windowMs } = this.#options.rate;
    this.#fill();
    const oneToken = BigInt(windowMs);
    const missing = oneToken - this.#parts;
    // What is taken before it is there is owed.
    this.#parts -= oneToken;
    if (missing <= 0n) return { delayMs: 0 };
    const perMs = BigInt(runs);
    return { delayMs: Number((missing + perMs - 1n) / perMs) };
  }

  #fill(): void {
    const nowMs = Math.floor(this.#options.now());
    const passedMs = Math.max(0, nowMs - this.#atMs);
    this.#atMs = nowMs;
    const parts = this.#parts + BigInt(passedMs) * BigInt(this.#options.rate.runs);
    this.#parts = parts < this.#fullParts ? parts : this.#fullParts;
  }
}
