/** Listeners and timers of a plugin that are at work: what they change belongs to the state that it hands on. */
export class Handlers {
  readonly #working = new Set<Promise<unknown>>();

  /** Keeps note of what a handler returned, until that settles. */
  track<T>(returned: T): T {
    if (!isThenable(returned)) return returned;
    const working: Promise<unknown> = Promise.resolve(returned)
      .catch(() => undefined) // Whoever called the handler is told.
      .then(() => this.#working.delete(working));
    this.#working.add(working);
    return returned;
  }

  /** Resolves when none is at work, also none that began meanwhile. */
  async idle(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
