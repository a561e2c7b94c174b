/** What a {@link Lane} needs. */
export interface LaneOptions<T> {
  /** Most items that wait. */
  maxItems: number;
  /** Most bytes that wait; a single item may be larger. */
  maxBytes: number;
  /**
   * Takes one item; must not throw or reject. A promise holds back the next item of this lane, and of no other. `dropped` items were
   * lost just before this one.
   */
  deliver(item: T, dropped: number): unknown;
  /** Calls `run` soon. Who offers an item does not wait for it. */
  schedule(run: () => void): void;
  /** An item gave way to newer ones, or still waited at the end. */
  onDrop?(item: T): void;
  /** The lane is empty again, or over, after so many items were lost. */
  onCaughtUp?(dropped: number): void;
}

/**
 * Items on their way to one taker, one after the other, in order. Of a full lane the **oldest** item gives way, since a late taker wants
 * the present; the loss is counted and told with the next item.
 */
export class Lane<T> implements Disposable {
  readonly #options: LaneOptions<T>;
  #waiting: { item: T; bytes: number }[] = [];
  #bytes = 0;
  #isBusy = false;
  #isOver = false;
  #dropped = 0;
  #told = 0;
  #reported = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(options: LaneOptions<T>) {
    this.#options = options;
  }

  /** Lost so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Resolves when nothing waits and nothing is being taken, or the lane is over. */
  idle(): Promise<void> {
    if (!this.#isBusy || this.#isOver) return Promise.resolve();
    return (this.#idle ??= Promise.withResolvers()).promise;
  }

  offer(item: T, bytes: number): void {
    if (this.#isOver) return this.#options.onDrop?.(item);
    this.#waiting.push({ item, bytes });
    this.#bytes += bytes;
    const { maxItems, maxBytes } = this.#options;
    while (this.#waiting.length > maxItems || (this.#bytes > maxBytes && this.#waiting.length > 1)) this.#dropOldest();
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#schedule();
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const { item } of this.#waiting.splice(0)) this.#options.onDrop?.(item);
    this.#bytes = 0;
    this.#rest();
  }

  #schedule(): void {
    // What is offered meanwhile waits for another turn: two takers that answer each other leave the thread to others.
    this.#options.schedule(() => this.#deliver(this.#waiting.length));
  }

  #deliver(count: number): void {
    for (let left = count; left > 0 && this.#waiting.length > 0; left--) {
      const { item, bytes } = this.#waiting.shift()!;
      this.#bytes -= bytes;
      const lost = this.#dropped - this.#told;
      this.#told = this.#dropped;
      const taken = this.#options.deliver(item, lost);
      if (taken instanceof Promise) return void taken.then(() => this.#deliver(left - 1));
    }
    if (this.#waiting.length > 0) return this.#schedule();
    this.#isBusy = false;
    this.#rest();
  }

  #dropOldest(): void {
    const { item, bytes } = this.#waiting.shift()!;
    this.#bytes -= bytes;
    this.#dropped++;
    this.#options.onDrop?.(item);
  }

  #rest(): void {
    this.#idle?.resolve();
    this.#idle = undefined;
    const lost = this.#dropped - this.#reported;
    this.#reported = this.#dropped;
    if (lost > 0) this.#options.onCaughtUp?.(lost);
  }
}
