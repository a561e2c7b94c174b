/** So many at a time; the others wait in their order. */
export class Places {
  #free: number;
  readonly #waiting = new Set<() => void>();
  readonly #leave = (): void => {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free++;
      return;
    }
    // The place passes on without becoming free, so that nobody overtakes.
    this.#waiting.delete(next);
    next();
  };

  constructor(count: number) {
    this.#free = count;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** @returns what gives the place back, to be called once; at once where one is free. @throws the signal's reason as soon as it aborts. */
  readonly enter = (signal?: AbortSignal): (() => void) | Promise<() => void> => {
    signal?.throwIfAborted();
    if (this.#free === 0) return this.#wait(signal);
    this.#free--;
    return this.#leave;
  };

  #wait(signal: AbortSignal | undefined): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(onTurn);
        reject(signal?.reason as Error);
      };
      const onTurn = (): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve(this.#leave);
      };
      this.#waiting.add(onTurn);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }
}
