/** Runs at most so many tasks at a time; the others wait in their order. */
export class Lanes {
  readonly #width: number;
  // A Set keeps the order and lets any one go in constant time.
  readonly #waiting = new Set<() => Promise<void>>();
  #running = 0;
  readonly #leave = (): void => {
    this.#running--;
    this.#fill();
  };

  constructor(width: number) {
    this.#width = width;
  }

  /** Runs `task`, which must not reject, as soon as there is room. Disposing the result before that takes it out of the queue. */
  enter(task: () => Promise<void>): Disposable {
    this.#waiting.add(task);
    this.#fill();
    return { [Symbol.dispose]: () => void this.#waiting.delete(task) };
  }

  #fill(): void {
    for (const task of this.#waiting) {
      if (this.#running >= this.#width) return;
      this.#waiting.delete(task);
      this.#running++;
      void task().then(this.#leave);
    }
  }
}
