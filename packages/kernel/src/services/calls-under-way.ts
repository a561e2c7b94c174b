import type { CallContext } from "@berth/contract";
import type { RetryBudget } from "../calls/retry-budget.ts";

/** How a call came about. */
export interface CallOrigin {
  /** Who began, then the methods that were called inside one another, the last one last. */
  readonly chain: readonly string[];
  /** When the call must be over, milliseconds since 1970. */
  readonly deadline: number;
  /** From which the retries of the whole family are taken. */
  readonly budget: RetryBudget | undefined;
}

/** What is known of a call that is being handled. Its facts are read when somebody asks: most calls lead to no other one. */
type KnownCall = Pick<CallContext, "correlationId" | "deadline">;

/**
 * Which calls of services each plugin is handling, by the correlation id that all calls of one family share. What a plugin says of a
 * call is looked up here before it counts.
 */
export class CallsUnderWay {
  /** There are at most as many as plugins were ever called, and of each as many calls as it handles at a time. */
  readonly #byHandler = new Map<string, Set<CallUnderWay>>();

  /** Notes that `handler` (`plugin/NAME`) is busy with a call, until disposed. */
  enter(handler: string, call: KnownCall, chain: readonly string[], budget?: RetryBudget): Disposable {
    let calls = this.#byHandler.get(handler);
    if (calls === undefined) this.#byHandler.set(handler, (calls = new Set()));
    return new CallUnderWay(call, chain, budget, calls);
  }

  /** What `handler` is doing in this family; of several calls the innermost, since which of them calls on cannot be known. */
  find(handler: string, correlationId: string): CallOrigin | undefined {
    let innermost: CallUnderWay | undefined;
    for (const one of this.#byHandler.get(handler) ?? []) {
      if (one.call.correlationId !== correlationId) continue;
      if (innermost === undefined || one.chain.length > innermost.chain.length) innermost = one;
    }
    return innermost && { chain: innermost.chain, deadline: innermost.call.deadline, budget: innermost.budget };
  }

  /** Of all plugins. */
  get count(): number {
    let count = 0;
    for (const calls of this.#byHandler.values()) count += calls.size;
    return count;
  }
}

class CallUnderWay implements Disposable {
  readonly call: KnownCall;
  readonly chain: readonly string[];
  readonly budget: RetryBudget | undefined;
  readonly #among: Set<CallUnderWay>;

  constructor(call: KnownCall, chain: readonly string[], budget: RetryBudget | undefined, among: Set<CallUnderWay>) {
    this.call = call;
    this.chain = chain;
    this.budget = budget;
    this.#among = among;
    among.add(this);
  }

  [Symbol.dispose](): void {
    this.#among.delete(this);
  }
}
