import { LatencyHistogram } from "./latency-histogram.ts";

/** What has become of the calls of one endpoint. `calls` is the sum of the four endings and of those still in it. */
export interface CallMetricsSnapshot {
  calls: number;
  successes: number;
  /** Without an answer of their own, whether refused or failed; those answered from the cache are among them. */
  failures: number;
  declined: number;
  cancelled: number;
  /** Failures answered from the cache. */
  cached: number;
  /** Attempts after the first. */
  retries: number;
  deadlineHits: number;
  breakerRefusals: number;
  concurrencyRefusals: number;
  rateRefusals: number;
  /** Retries that the budget did not allow. */
  budgetRefusals: number;
  /** Answers that came after the call was over, and were dropped. */
  abandoned: number;
  /** Callees that had not stopped when the grace was over. */
  overruns: number;
  inFlight: number;
  queued: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

/** Indices into the counters. */
export const CALLS = 0;
export const SUCCESSES = 1;
export const FAILURES = 2;
export const DECLINED = 3;
export const CANCELLED = 4;
export const CACHED = 5;
export const RETRIES = 6;
export const DEADLINE_HITS = 7;
export const BREAKER_REFUSALS = 8;
export const CONCURRENCY_REFUSALS = 9;
export const ABANDONED = 10;
export const OVERRUNS = 11;
export const RATE_REFUSALS = 12;
export const BUDGET_REFUSALS = 13;

/** Counters and latencies of one endpoint: flat arrays, so that counting allocates nothing. */
export class CallMetrics {
  readonly #counters = new Float64Array(BUDGET_REFUSALS + 1);
  readonly #latency = new LatencyHistogram();

  count(counter: number): void {
    this.#counters[counter]!++;
  }

  /** Counts how a call that reached the callee ended, and how long it took. */
  ended(counter: number, durationMs: number): void {
    this.#counters[counter]!++;
    this.#latency.add(durationMs);
  }

  snapshot(inFlight: number, queued: number): CallMetricsSnapshot {
    const counters = this.#counters;
    return {
      calls: counters[CALLS]!,
      successes: counters[SUCCESSES]!,
      failures: counters[FAILURES]!,
      declined: counters[DECLINED]!,
      cancelled: counters[CANCELLED]!,
      cached: counters[CACHED]!,
      retries: counters[RETRIES]!,
      deadlineHits: counters[DEADLINE_HITS]!,
      breakerRefusals: counters[BREAKER_REFUSALS]!,
      concurrencyRefusals: counters[CONCURRENCY_REFUSALS]!,
      rateRefusals: counters[RATE_REFUSALS]!,
      budgetRefusals: counters[BUDGET_REFUSALS]!,
      abandoned: counters[ABANDONED]!,
      overruns: counters[OVERRUNS]!,
      inFlight,
      queued,
      p50Ms: this.#latency.quantileMs(0.5),
      p95Ms: this.#latency.quantileMs(0.95),
      p99Ms: this.#latency.quantileMs(0.99),
    };
  }
}
