/** Lets work on different plugins go on side by side, and work on the same one wait its turn. */
export class Lanes {
  readonly #tails = new Map<string, Promise<unknown>>();

  /**
   * Runs `work` when nothing else is done to any of `names`. What it hands to `until` still occupies them after it has answered.
   */
  async run<T>(names: readonly string[], work: (until: (rest: Promise<unknown>) => void) => Promise<T>): Promise<T> {
    const before = names.map((name) => this.#tails.get(name) ?? Promise.resolve());
    const { promise: free, resolve } = Promise.withResolvers<void>();
    for (const name of names) this.#tails.set(name, free);
    const rest: Promise<unknown>[] = [];
    try {
      await Promise.all(before);
      return await work((more) => void rest.push(more.catch(() => undefined)));
    } finally {
      void Promise.all(rest).then(() => {
        for (const name of names) if (this.#tails.get(name) === free) this.#tails.delete(name);
        resolve();
      });
    }
  }

  /** Resolves when nothing is done to any plugin. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }
}
