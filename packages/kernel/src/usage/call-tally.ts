import type { Clock } from "@berth/base";
import { type CallContext, isHostError } from "@berth/contract";
import { LatencyHistogram } from "../calls/latency-histogram.ts";
import { isGivenUp } from "../lifecycle/is-given-up.ts";

/** How many calls reached a plugin, and how they ended. */
export interface CallCounts {
  /** That have ended. */
  calls: number;
  /** Of those, failed by the plugin's doing. */
  errors: number;
}

/** How long calls took lately; `null` when there was none. */
export interface CallLatency {
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
}

/** What is recent: latencies are told of the last one to two of these. */
const RECENT_MS = 30_000;

/**
 * Counts the calls into one plugin, over all its instances and generations. Counting costs two readings of the clock and one addition, and
 * allocates nothing.
 */
export class CallTally {
  readonly #clock: Clock;
  /** Of all that ended before the recent ones. */
  readonly #older = new LatencyHistogram();
  #before = new LatencyHistogram();
  #now = new LatencyHistogram();
  #sinceMs: number;
  #calls = 0;
  #errors = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.monotonicMs();
  }

  get counts(): CallCounts {
    return { calls: this.#calls, errors: this.#errors };
  }

  /** When a call begins: what {@link succeeded} and {@link failed} are to be told. */
  begin(): number {
    return this.#clock.monotonicMs();
  }

  succeeded(begunMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    this.#turn(nowMs);
    this.#calls++;
    this.#now.add(nowMs - begunMs);
  }

  /** A caller that gave up, or asked for what cannot be, says nothing of the plugin. */
  failed(begunMs: number, error: unknown, { signal }: Pick<CallContext, "signal">): void {
    this.succeeded(begunMs);
    if (isGivenUp(signal) || (isHostError(error) && error.info.fault === "caller")) return;
    this.#errors++;
  }

  /** Of calls that ended lately. */
  get recent(): CallLatency {
    this.#turn(this.#clock.monotonicMs());
    const both = new LatencyHistogram();
    both.addAll(this.#before);
    both.addAll(this.#now);
    const at = (quantile: number): number | null => (both.count === 0 ? null : both.quantileMs(quantile));
    return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
  }

  /** Of all calls since the host began, for whoever keeps them. */
  get latency(): LatencyHistogram {
    const all = new LatencyHistogram();
    for (const part of [this.#older, this.#before, this.#now]) all.addAll(part);
    return all;
  }

  /** Forgets what is not recent any more. */
  #turn(nowMs: number): void {
    const passedMs = nowMs - this.#sinceMs;
    if (passedMs < RECENT_MS) return;
    this.#sinceMs += passedMs;
    this.#older.addAll(this.#before);
    this.#before = this.#now;
    this.#now = new LatencyHistogram();
    if (passedMs < 2 * RECENT_MS) return;
    // So long ago that these are not recent either.
    this.#older.addAll(this.#before);
    this.#before = new LatencyHistogram();
  }
}
