/** Something made before anybody needs it. */
export interface Spare extends AsyncDisposable {
  /** Settles when it has ended; it is of no use then. */
  readonly gone: Promise<unknown>;
}

/** What {@link WarmPool} needs. */
export interface WarmPoolOptions<T extends Spare> {
  /** How many are kept ready. */
  size: number;
  make(signal: AbortSignal): Promise<T>;
  /** Hears why one could not be made; nothing depends on it, the next need makes the next try. */
  onFailed(error: unknown): void;
}

/**
 * Keeps a few of something ready. Each is handed out once and never comes back. Nothing is made until {@link refill} asks for it:
 * whoever takes one says when there is time to make the next.
 */
export class WarmPool<T extends Spare> implements AsyncDisposable {
  readonly #options: WarmPoolOptions<T>;
  readonly #ready = new Set<T>();
  readonly #over = new AbortController();
  #making: Promise<void> | undefined;

  constructor(options: WarmPoolOptions<T>) {
    this.#options = options;
  }

  /** Whether {@link take} would find one. */
  has(fits: (spare: T) => boolean): boolean {
    return [...this.#ready].some(fits);
  }

  /** The one that waited longest of those that fit, now the caller's own; `undefined` when there is none. */
  take(fits: (spare: T) => boolean = () => true): T | undefined {
    const spare = [...this.#ready].find(fits);
    if (spare) this.#ready.delete(spare);
    return spare;
  }

  /** Makes what is missing, one after the other. Resolves when that is done or has failed. */
  refill(): Promise<void> {
    this.#making ??= this.#makeMissing().finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#making;
    const left = [...this.#ready];
    this.#ready.clear();
    await Promise.all(left.map((spare) => spare[Symbol.asyncDispose]()));
  }

  async #makeMissing(): Promise<void> {
    try {
      while (this.#ready.size < this.#options.size && !this.#over.signal.aborted) {
        this.#add(await this.#options.make(this.#over.signal));
      }
    } catch (error) {
      if (!this.#over.signal.aborted) this.#options.onFailed(error);
    }
  }

  #add(spare: T): void {
    this.#ready.add(spare);
    void spare.gone.then(() => this.#ready.delete(spare));
  }
}
