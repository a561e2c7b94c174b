import { AsyncLocalStorage } from "node:async_hooks";
import type { Span } from "./span.ts";

/** For whom something is done just now. A `CallContext` is one; its facts are read when somebody asks. */
export interface Doing {
  readonly correlationId?: string;
  readonly span?: Span | undefined;
}

/**
 * Which call the code that asks belongs to, also after waits: log lines get its correlation id, spans and requests to others become
 * parts of it. One for each host, made by it: two hosts in a process know nothing of each other's calls.
 */
export class CallScope {
  readonly #storage = new AsyncLocalStorage<Doing>();

  get current(): Doing | undefined {
    return this.#storage.getStore();
  }

  /** The span of what is being done. */
  get span(): Span | undefined {
    return this.#storage.getStore()?.span;
  }

  /** Does `work` as part of `doing`, and all that it begins. */
  run<T>(doing: Doing, work: () => T): T {
    return this.#storage.run(doing, work);
  }

  /** Does `work` as nobody's part: what goes on after a call is not part of it. */
  leave<T>(work: () => T): T {
    return this.#storage.exit(work);
  }
}
