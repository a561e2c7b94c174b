import { type Clock, runWithin } from "@berth/base";
import { type CallContext, HostError } from "@berth/contract";
import { Bulkhead } from "../calls/bulkhead.ts";
import type { LimitEvent } from "../runner.ts";
import type { Doing } from "../tracing/call-scope.ts";
import { MOST_HELD } from "./holds.ts";

/** What the calls into one plugin may use at most, whatever its instances' own policies say. */
export interface CallLimits {
  /** Calls at a time, over all instances; others wait their turn. */
  concurrency: number;
  /** How long one call may take; without it only the caller decides. */
  callTimeoutMs: number | undefined;
}

/** What {@link CallGate} needs. */
export interface CallGateOptions {
  plugin: string;
  limits: CallLimits;
  clock: Clock;
  /** Hears of every call that had to wait, was refused, or took too long. */
  onLimit: (event: LimitEvent) => void;
}

/** More than this are an overload, and are refused. All calls that may be held while the plugin is replaced come at once, and have been promised an answer. */
const MOST_WAITING = 1_000 + MOST_HELD;

/** Holds the calls into one plugin to `limits.concurrency` and `limits.call_timeout_ms`. */
export class CallGate {
  readonly #options: CallGateOptions;
  readonly #places: Bulkhead;

  constructor(options: CallGateOptions) {
    this.#options = options;
    const { limits, clock } = options;
    this.#places = new Bulkhead({ maxInFlight: limits.concurrency, maxQueued: MOST_WAITING }, clock);
  }

  async run<T>(call: CallContext, work: (call: CallContext) => Promise<T>): Promise<T> {
    if (!this.#places.tryEnter()) await this.#waitForPlace(call.signal);
    try {
      const { callTimeoutMs } = this.#options.limits;
      return await (callTimeoutMs === undefined ? work(call) : this.#runWithin(callTimeoutMs, call, work));
    } finally {
      this.#places.leave();
    }
  }

  #waitForPlace(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#tellWaiting();
    if (this.#places.isFull) throw this.#tooMany();
    const onAbort = (): void => {
      waiting[Symbol.dispose]();
      reject(signal.reason);
    };
    const onPlace = (): void => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    };
    const waiting = this.#places.queue(Infinity, { onPlace, onTooLong: () => undefined });
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    return promise;
  }

  #runWithin<T>(limitMs: number, call: CallContext, work: (call: CallContext) => Promise<T>): Promise<T> {
    const { clock } = this.#options;
    const deadline = Math.min(call.deadline, clock.now() + limitMs);
    const begunMs = clock.monotonicMs();
    const { attempt, caller, permissions, correlationId, traceparent, span } = call as CallContext & Doing;
    const facts = { attempt, caller, permissions, correlationId, traceparent, span };
    const limit = { clock, limitMs, signal: call.signal, onTimeout: () => this.#tooLong(limitMs, begunMs) };
    return runWithin(limit, (signal) => work({ signal, deadline, ...facts }));
  }

  #tellWaiting(): void {
    const { limits, onLimit } = this.#options;
    const { inFlight, queued, isFull } = this.#places;
    const action = isFull ? "refused" : "slowed";
    onLimit({ limit: "concurrency", allowed: limits.concurrency, used: inFlight + queued + 1, action });
  }

  #tooMany(): HostError {
    const { plugin, limits } = this.#options;
    return new HostError(
      "CALL_CONCURRENCY_EXCEEDED",
      `Cannot call plugin "${plugin}": ${limits.concurrency} calls are under way and ${MOST_WAITING} wait (limits.concurrency)`,
    );
  }

  #tooLong(limitMs: number, begunMs: number): HostError {
    const { plugin, clock, onLimit } = this.#options;
    const used = Math.max(limitMs, clock.monotonicMs() - begunMs);
    onLimit({ limit: "call_timeout_ms", allowed: limitMs, used, action: "refused" });
    return new HostError(
      "CALL_DEADLINE_EXCEEDED",
      `Plugin "${plugin}" did not answer within ${limitMs / 1_000} s (limits.call_timeout_ms)`,
    );
  }
}
