import type { Clock } from "@berth/base";
import { type CallContext, HostError } from "@berth/contract";
import type { Incoming } from "@berth/protocol";
import type { CallMessage } from "./messages.ts";

/** Made once: most callers have none. */
const NO_PERMISSIONS: readonly string[] = Object.freeze([]);

/**
 * The context of one call, inside the plugin. Its signal fires when the host gives the call up or the time is over, whichever is
 * first: a host that is busy, or gone, cannot say in time that the time is over.
 */
export class GuestCall implements CallContext, EventListenerObject {
  readonly deadline: number;
  readonly attempt: number;
  readonly caller: string;
  readonly permissions: readonly string[];
  readonly correlationId: string;
  readonly traceparent: string | undefined;
  readonly #incoming: Incoming;
  readonly #clock: Clock;
  /** By `#clock`. */
  readonly #endsMs: number;
  #controller: AbortController | undefined;
  #timer: Disposable | undefined;

  /** `startedMs` is when the message came, by `clock`. */
  constructor(message: CallMessage, incoming: Incoming, clock: Clock, startedMs: number) {
    const { timeoutMs = Infinity, attempt, caller, permissions = NO_PERMISSIONS, correlationId, traceparent } = message;
    this.deadline = message.now + timeoutMs;
    this.attempt = attempt;
    this.caller = caller;
    this.permissions = permissions;
    this.correlationId = correlationId;
    this.traceparent = traceparent;
    this.#incoming = incoming;
    this.#clock = clock;
    this.#endsMs = startedMs + timeoutMs;
  }

  /** Made when first read: most methods never look. */
  get signal(): AbortSignal {
    if (this.#endsMs === Infinity) return this.#incoming.signal;
    this.#controller ??= this.#watch();
    return this.#controller.signal;
  }

  /** The method has ended: nobody waits for its signal any more. */
  end(): void {
    if (!this.#controller) return;
    this.#timer?.[Symbol.dispose]();
    this.#incoming.signal.removeEventListener("abort", this);
  }

  /** The host gave it up. */
  handleEvent(): void {
    this.#controller?.abort(this.#incoming.signal.reason);
  }

  #watch(): AbortController {
    const controller = new AbortController();
    const { signal } = this.#incoming;
    if (signal.aborted) controller.abort(signal.reason);
    else signal.addEventListener("abort", this, { once: true });
    this.#timer = this.#clock.setTimer(() => controller.abort(timeIsOver()), this.#endsMs - this.#clock.monotonicMs());
    return controller;
  }
}

function timeIsOver(): HostError {
  return new HostError("CALL_DEADLINE_EXCEEDED", "The time of this call is over");
}
