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
  #older: LatencyHistogram | undefined;
  #before: LatencyHistogram | undefined;
  /** Made by the first call: most plugins of a host rest. */
  #now: LatencyHistogram | undefined;
  /** Since the first call: to read the clock takes longer than all else that a plugin at rest needs. */
  #sinceMs: number | undefined;
  #calls = 0;
  #errors = 0;
  /** As many as there are codes: what has none counts as a failure of the plugin. */
  readonly #errorCodes = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The errors among {@link counts}, by their codes. */
  get errorCodes(): ReadonlyMap<string, number> {
    return this.#errorCodes;
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
    (this.#now ??= new LatencyHistogram()).add(nowMs - begunMs);
  }

  /** A caller that gave up, or asked for what cannot be, says nothing of the plugin. */
  failed(begunMs: number, error: unknown, { signal }: Pick<CallContext, "signal">): void {
    this.succeeded(begunMs);
    if (isGivenUp(signal) || (isHostError(error) && error.info.fault === "caller")) return;
    this.#errors++;
    const code = isHostError(error) ? error.code : "PLUGIN_FAILED";
    this.#errorCodes.set(code, (this.#errorCodes.get(code) ?? 0) + 1);
  }

  /** Of calls that ended lately. */
  get recent(): CallLatency {
    this.#turn(this.#clock.monotonicMs());
    const both = this.#before ? sumOf([this.#before, this.#now]) : this.#now;
    const at = (quantile: number): number | null => both?.quantileMs(quantile) ?? null;
    return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
  }

  /** Of all calls since the host began, for whoever keeps them. */
  get latency(): LatencyHistogram {
    return sumOf([this.#older, this.#before, this.#now]);
  }

  /** Forgets what is not recent any more. */
  #turn(nowMs: number): void {
    this.#sinceMs ??= nowMs;
    const passedMs = nowMs - this.#sinceMs;
    if (passedMs < RECENT_MS) return;
    this.#sinceMs += passedMs;
    this.#retire();
    this.#before = this.#now;
    this.#now = undefined;
    // So long ago that these are not recent either.
    if (passedMs >= 2 * RECENT_MS) this.#retire();
  }

  #retire(): void {
    if (this.#before) this.#older = sumOf([this.#older, this.#before]);
    this.#before = undefined;
  }
}

function sumOf(parts: readonly (LatencyHistogram | undefined)[]): LatencyHistogram {
  const sum = new LatencyHistogram();
  for (const part of parts) if (part) sum.addAll(part);
  return sum;
}
