import { Bag, type Placed } from "@berth/base";
import type { CallContext } from "@berth/contract";
import type { CallScope, Doing } from "@berth/kernel/tracing";

/** Events whose listeners may still be at work; a listener that asks later is at work for nobody. */
const MOST_HEARD = 1_000;

/** A call that the plugin is handling. */
interface HandledCall extends Placed {
  readonly call: CallContext;
}

/**
 * For which call a plugin elsewhere asks something of the host: it says the name that the host gave the call, and that counts only while
 * the plugin is handling it. So a plugin can put nothing into the trace of another, nor its log lines under the run of another.
 */
export class NamedCalls {
  readonly #scope: CallScope | undefined;
  readonly #calls = new Bag<HandledCall>();
  /** Whose events it was shown lately, the oldest first. */
  readonly #heard = new Map<string, Doing>();
  #isNaming = false;

  constructor(scope: CallScope | undefined) {
    this.#scope = scope;
  }

  /** The plugin is about to handle it. @returns what {@link leave} takes when it has. */
  enter(call: CallContext): HandledCall {
    const handled = { call, place: 0 };
    this.#calls.add(handled);
    return handled;
  }

  leave(handled: HandledCall): void {
    this.#calls.delete(handled);
  }

  /** An event is on its way to the plugin. @returns by which name what it does about it can be told. */
  hear(): string | undefined {
    const doing = this.#scope?.current;
    const name = doing?.span?.traceparent ?? doing?.correlationId;
    if (doing === undefined || name === undefined) return undefined;
    this.#heard.delete(name);
    this.#heard.set(name, doing);
    if (this.#heard.size > MOST_HEARD) this.#heard.delete(this.#heard.keys().next().value!);
    return name;
  }

  /** Does `work` for the call that the plugin named, or for nobody. */
  run<T>({ call, outer }: Readonly<Record<string, unknown>>, work: () => T): T {
    if (!this.#scope) return work();
    const doing = this.#find(call, outer);
    return doing ? this.#scope.run(doing, work) : this.#scope.leave(work);
  }

  /** Does `work` that goes on after the call. */
  apart<T>(work: () => T): T {
    return this.#scope ? this.#scope.leave(work) : work();
  }

  #find(named: unknown, outer: unknown): Doing | undefined {
    if (typeof named === "string") {
      this.#isNaming = true;
      return this.#calls.find(({ call }) => nameOf(call) === named)?.call ?? this.#heard.get(named);
    }
    if (this.#isNaming) return undefined;
    // One that cannot name calls, in WebAssembly or another language: what it says to services, or the only call there is.
    const { correlationId } = (outer ?? {}) as { correlationId?: unknown };
    if (correlationId !== undefined) return this.#calls.find(({ call }) => call.correlationId === correlationId)?.call;
    return this.#calls.size === 1 ? this.#calls.find(() => true)?.call : undefined;
  }
}

function nameOf({ traceparent, correlationId }: CallContext): string {
  return traceparent ?? correlationId;
}
