/** More than this wait for a plugin that is being replaced; of more the oldest give way, as they do on the bus. */
const MOST_WAITING = 1_000;

/**
 * Through which events and timers reach one generation of a plugin. It is open while the generation serves. While it is being replaced what
 * comes waits on both sides, and whichever generation serves afterwards gets it: nothing is lost and nothing comes twice.
 */
export class DeliveryGate {
  #state: "closed" | "waiting" | "open";
  #waiting: { deliver: () => unknown; settle: (outcome: unknown) => void }[] = [];

  constructor(state: "closed" | "open") {
    this.#state = state;
  }

  /** Delivers now, later, or never; answers what the delivery answers, in the last case nothing. */
  pass(deliver: () => unknown): unknown {
    if (this.#state === "open") return deliver();
    if (this.#state === "closed") return undefined;
    return this.#queue(deliver);
  }

  /** As {@link pass}, for what nobody else gets: it waits also where the gate is closed. */
  keep(deliver: () => unknown): unknown {
    return this.#state === "open" ? deliver() : this.#queue(deliver);
  }

  /** The generation serves: it gets what waited, in order, and all that follows. */
  open(): void {
    this.#state = "open";
    for (const { deliver, settle } of this.#waiting.splice(0)) settle(attempt(deliver));
  }

  /** It is about to serve, or to be replaced. */
  wait(): void {
    this.#state = "waiting";
  }

  /** Somebody else serves, who gets what waited here as well. */
  close(): void {
    this.#state = "closed";
    for (const { settle } of this.#waiting.splice(0)) settle(undefined);
  }

  #queue(deliver: () => unknown): Promise<unknown> {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#waiting.push({ deliver, settle: resolve });
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift()!.settle(undefined);
    return promise;
  }
}

/** What a listener throws is told where its event comes from, and keeps nobody else from theirs. */
function attempt(deliver: () => unknown): unknown {
  try {
    return deliver();
  } catch (error) {
    return Promise.reject(error);
  }
}
