import { OwnEvent, OwnEventTarget } from "./events.ts";

const CREATE = Symbol("create");

/** `AbortSignal`. */
export class OwnAbortSignal extends OwnEventTarget {
  onabort: ((event: OwnEvent) => void) | null = null;
  #isAborted = false;
  #reason: unknown;

  constructor(key?: symbol) {
    super();
    if (key !== CREATE) throw new TypeError("Illegal constructor");
  }

  get aborted(): boolean {
    return this.#isAborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#isAborted) throw this.#reason;
  }

  static abort(reason?: unknown): OwnAbortSignal {
    const signal = new OwnAbortSignal(CREATE);
    fire(signal, reason);
    return signal;
  }

  static timeout(ms: number): OwnAbortSignal {
    const signal = new OwnAbortSignal(CREATE);
    setTimeout(() => fire(signal, new DOMException("The operation timed out", "TimeoutError")), ms);
    return signal;
  }

  static any(signals: Iterable<OwnAbortSignal>): OwnAbortSignal {
    const joined = new OwnAbortSignal(CREATE);
    for (const signal of signals) {
      if (signal.aborted) fire(joined, signal.reason);
      else signal.addEventListener("abort", () => fire(joined, signal.reason), { once: true });
    }
    return joined;
  }

  /** For the controller alone: others have no key. */
  static [CREATE](signal: OwnAbortSignal, reason: unknown): void {
    if (signal.#isAborted) return;
    signal.#isAborted = true;
    signal.#reason = reason === undefined ? new DOMException("This operation was aborted", "AbortError") : reason;
    signal.dispatchEvent(new OwnEvent("abort"));
  }
}

function fire(signal: OwnAbortSignal, reason: unknown): void {
  OwnAbortSignal[CREATE](signal, reason);
}

/** `AbortController`. */
export class OwnAbortController {
  readonly signal = new OwnAbortSignal(CREATE);

  abort(reason?: unknown): void {
    fire(this.signal, reason);
  }
}
