/** 16 buckets to each doubling: a reading is off by at most 1/32 of itself. */
const STEPS = 16;
const STEP_BITS = 4;
/** Microseconds up to 2^31 (36 minutes); what took longer counts as that long. */
const LONGEST_US = 2 ** 31 - 1;
const BUCKETS = STEPS * (31 - STEP_BITS + 1);

/**
 * How long calls took, in buckets that widen with the value, as an HDR histogram: adding is two shifts and one addition, the
 * memory is 3.5 kB whatever happens. Durations are counted in whole microseconds.
 */
export class LatencyHistogram {
  // Not Uint32Array: a hot endpoint would overflow one bucket within the hour.
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;

  get count(): number {
    return this.#total;
  }

  add(durationMs: number): void {
    const us = Math.min(Math.max(0, durationMs * 1_000), LONGEST_US) | 0;
    this.#counts[bucketOf(us)]!++;
    this.#total++;
  }

  /** Takes in all that another one counted. */
  addAll(other: LatencyHistogram): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) this.#counts[bucket]! += other.#counts[bucket]!;
    this.#total += other.#total;
  }

  /**
   * How many kept within each of `boundsMs`, which go up, and what all took together. A bucket counts by its middle, so a bound is off by
   * at most 1/32 of itself as well.
   */
  within(boundsMs: readonly number[]): { counts: number[]; sumMs: number } {
    const counts = boundsMs.map(() => 0);
    let sumMs = 0;
    let at = 0;
    let sofar = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const count = this.#counts[bucket]!;
      if (count === 0) continue;
      const middleMs = middleUs(bucket) / 1_000;
      for (; at < boundsMs.length && boundsMs[at]! < middleMs; at++) counts[at] = sofar;
      sofar += count;
      sumMs += count * middleMs;
    }
    for (; at < boundsMs.length; at++) counts[at] = sofar;
    return { counts, sumMs };
  }

  /** The duration in ms that the share `quantile` (0 to 1) of all calls kept within; 0 when there was none. */
  quantileMs(quantile: number): number {
    let remaining = Math.max(1, Math.ceil(this.#total * quantile));
    if (this.#total === 0) return 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      remaining -= this.#counts[bucket]!;
      if (remaining <= 0) return middleUs(bucket) / 1_000;
    }
    return LONGEST_US / 1_000;
  }
}

function bucketOf(us: number): number {
  if (us < STEPS) return us;
  const shift = 31 - STEP_BITS - Math.clz32(us);
  return shift * STEPS + (us >>> shift);
}

function middleUs(bucket: number): number {
  if (bucket < STEPS) return bucket + 0.5;
  const shift = Math.floor(bucket / STEPS) - 1;
  return (bucket - shift * STEPS + 0.5) * 2 ** shift;
}
