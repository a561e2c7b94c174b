import type { Clock } from "@berth/base";
import { type CallContext, HostError } from "@berth/contract";
import type { Incoming } from "@berth/protocol";
import type { HostClock } from "./host-clock.ts";
import type { CallMessage } from "./messages.ts";

/** What {@link GuestCall} is made of. */
export interface GuestCallOptions {
  message: CallMessage;
  incoming: Incoming;
  hostClock: HostClock;
  clock: Clock;
}

/**
 * The context of one call, inside the plugin. Its signal fires when the host gives the call up or the time is over, whichever is
 * first: a host that is busy, or gone, cannot say in time that the time is over.
 */
export class GuestCall implements CallContext, Disposable {
  readonly deadline: number;
  readonly attempt: number;
  readonly caller: string;
  readonly permissions: readonly string[];
  readonly correlationId: string;
  readonly #incoming: Incoming;
  readonly #clock: Clock;
  /** By the guest's monotonic clock. */
  readonly #endsMs: number;
  #controller: AbortController | undefined;
  #timer: Disposable | undefined;

  constructor({ message, incoming, hostClock, clock }: GuestCallOptions) {
    const { timeoutMs = Infinity, attempt, caller, permissions = [], correlationId } = message;
    this.deadline = message.now + timeoutMs;
    this.attempt = attempt;
    this.caller = caller;
    this.permissions = permissions;
    this.correlationId = correlationId;
    this.#incoming = incoming;
    this.#clock = clock;
    this.#endsMs = timeoutMs === Infinity ? Infinity : clock.monotonicMs() + timeoutMs;
    hostClock.sync(message.now);
  }

  /** Made when first read: most methods never look. */
  get signal(): AbortSignal {
    if (this.#endsMs === Infinity) return this.#incoming.signal;
    this.#controller ??= this.#watch();
    return this.#controller.signal;
  }

  /** The method has ended: nobody waits for its signal any more. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    if (this.#controller) this.#incoming.signal.removeEventListener("abort", this.#onGivenUp);
  }

  #watch(): AbortController {
    const controller = new AbortController();
    const { signal } = this.#incoming;
    if (signal.aborted) controller.abort(signal.reason);
    else signal.addEventListener("abort", this.#onGivenUp, { once: true });
    this.#timer = this.#clock.setTimer(() => controller.abort(timeIsOver()), this.#endsMs - this.#clock.monotonicMs());
    return controller;
  }

  readonly #onGivenUp = (): void => {
    this.#controller?.abort(this.#incoming.signal.reason);
  };
}

function timeIsOver(): HostError {
  return new HostError("CALL_DEADLINE_EXCEEDED", "The time of this call is over");
}
