import { type Clock, runWithin } from "@berth/base";
import { type CallContext, HostError } from "@berth/contract";
import { Bulkhead } from "../calls/bulkhead.ts";

/** What the calls into one plugin may use at most, whatever its instances' own policies say. */
export interface CallLimits {
  /** Calls at a time, over all instances; others wait their turn. */
  concurrency: number;
  /** How long one call may take; without it only the caller decides. */
  callTimeoutMs: number | undefined;
}

/** More than this are an overload, and are refused. */
const MOST_WAITING = 1_000;

/** Holds the calls into one plugin to `limits.concurrency` and `limits.call_timeout_ms`. */
export class CallGate {
  readonly #plugin: string;
  readonly #limits: CallLimits;
  readonly #clock: Clock;
  readonly #places: Bulkhead;

  constructor(plugin: string, limits: CallLimits, clock: Clock) {
    this.#plugin = plugin;
    this.#limits = limits;
    this.#clock = clock;
    this.#places = new Bulkhead({ maxInFlight: limits.concurrency, maxQueued: MOST_WAITING }, clock);
  }

  async run<T>(call: CallContext, work: (call: CallContext) => Promise<T>): Promise<T> {
    if (!this.#places.tryEnter()) await this.#waitForPlace(call.signal);
    try {
      const { callTimeoutMs } = this.#limits;
      return await (callTimeoutMs === undefined ? work(call) : this.#runWithin(callTimeoutMs, call, work));
    } finally {
      this.#places.leave();
    }
  }

  #waitForPlace(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
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
    const deadline = Math.min(call.deadline, this.#clock.now() + limitMs);
    const { attempt, caller, permissions, correlationId } = call;
    const limit = { clock: this.#clock, limitMs, signal: call.signal, onTimeout: () => this.#tooLong(limitMs) };
    return runWithin(limit, (signal) => work({ signal, deadline, attempt, caller, permissions, correlationId }));
  }

  #tooMany(): HostError {
    const { concurrency } = this.#limits;
    return new HostError(
      "CALL_CONCURRENCY_EXCEEDED",
      `Cannot call plugin "${this.#plugin}": ${concurrency} calls are under way and ${MOST_WAITING} wait (limits.concurrency)`,
    );
  }

  #tooLong(limitMs: number): HostError {
    return new HostError(
      "CALL_DEADLINE_EXCEEDED",
      `Plugin "${this.#plugin}" did not answer within ${limitMs / 1_000} s (limits.call_timeout_ms)`,
    );
  }
}
