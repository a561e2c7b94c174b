import type { CallContext } from "@berth/contract";
import type { Span } from "./span.ts";

/** The context of a call that is traced. */
export class TracedCall implements CallContext {
  readonly span: Span;
  readonly #call: CallContext;

  constructor(call: CallContext, span: Span) {
    this.#call = call;
    this.span = span;
  }

  get traceparent(): string {
    return this.span.traceparent;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  get deadline(): number {
    return this.#call.deadline;
  }

  get attempt(): number {
    return this.#call.attempt;
  }

  get caller(): string {
    return this.#call.caller;
  }

  get permissions(): readonly string[] {
    return this.#call.permissions;
  }

  get correlationId(): string {
    return this.#call.correlationId;
  }
}
