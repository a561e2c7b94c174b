import type { CallContext } from "@berth/contract";
import type { CallScope, Doing } from "@berth/kernel/tracing";

/** Events whose listeners may still be at work; a listener that asks later is at work for nobody. */
const MOST_HEARD = 1_000;

/**
 * For which call a plugin elsewhere asks something of the host: it says the name that the host gave the call, and that counts only while
 * the plugin is handling it. So a plugin can put nothing into the trace of another, nor its log lines under the run of another.
 */
export class NamedCalls {
  readonly #scope: CallScope | undefined;
  readonly #calls = new Map<string, CallContext>();
  /** Whose events it was shown lately, the oldest first. */
  readonly #heard = new Map<string, Doing>();
  #isNaming = false;

  constructor(scope: CallScope | undefined) {
    this.#scope = scope;
  }

  enter(call: CallContext): void {
    this.#calls.set(nameOf(call), call);
  }

  leave(call: CallContext): void {
    const name = nameOf(call);
    if (this.#calls.get(name) === call) this.#calls.delete(name);
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
      return this.#calls.get(named) ?? this.#heard.get(named);
    }
    if (this.#isNaming) return undefined;
    // One that cannot name calls, in WebAssembly or another language: what it says to services, or the only call there is.
    const { correlationId } = (outer ?? {}) as { correlationId?: unknown };
    const calls = [...this.#calls.values()];
    if (correlationId !== undefined) return calls.find((call) => call.correlationId === correlationId);
    return calls.length === 1 ? calls[0] : undefined;
  }
}

function nameOf({ traceparent, correlationId }: CallContext): string {
  return traceparent ?? correlationId;
}
