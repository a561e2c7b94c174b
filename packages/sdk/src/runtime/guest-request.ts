import { type AskedEvent, HostError } from "@berth/contract";
import { toWireError } from "@berth/protocol";
import type { EventReply } from "./messages.ts";

/** A request that came to a plugin: the first of its listeners that replies does so for all. */
export class GuestRequest implements AskedEvent {
  readonly deadline: number;
  readonly #over = new AbortController();
  readonly #settle: (reply: Omit<EventReply, "request"> | undefined) => void;
  #left: number;
  #failure: { error: unknown } | undefined;
  #isSettled = false;

  /** `settle` is called once: with the reply, or with nothing when nobody waits for one. */
  constructor(listeners: number, deadline: number, settle: (reply: Omit<EventReply, "request"> | undefined) => void) {
    this.#left = listeners;
    this.#settle = settle;
    this.deadline = deadline;
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  heard(reply: unknown): void {
    this.#left--;
    if (reply !== undefined) this.#end({ value: reply });
    else this.#endIfLast();
  }

  failed(error: unknown): void {
    this.#left--;
    this.#failure ??= { error };
    this.#endIfLast();
  }

  /** Nobody waits any more. */
  end(): void {
    this.#end(undefined);
  }

  #endIfLast(): void {
    if (this.#left > 0) return;
    this.#end(this.#failure ? { error: toWireError(this.#failure.error, "plugin") } : {});
  }

  #end(reply: Omit<EventReply, "request"> | undefined): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#settle(reply);
    this.#over.abort(new HostError("CALL_CANCELLED", "Nobody waits for a reply any more"));
  }
}
