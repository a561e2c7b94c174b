/** Takes items through `run` so many at a time; the others wait in their order. */
export class Lanes<T> {
  readonly #width: number;
  readonly #run: (item: T) => Promise<void>;
  // A Set keeps the order and lets any one go in constant time.
  readonly #waiting = new Set<T>();
  #running = 0;
  readonly #leave = (): void => {
    this.#running--;
    this.#fill();
  };

  /** @param run must not reject. */
  constructor(width: number, run: (item: T) => Promise<void>) {
    this.#width = width;
    this.#run = run;
  }

  enter(item: T): void {
    this.#waiting.add(item);
    this.#fill();
  }

  /** Takes an item out of the queue; too late once it has its lane. */
  withdraw(item: T): void {
    this.#waiting.delete(item);
  }

  #fill(): void {
    if (this.#running >= this.#width) return;
    for (const item of this.#waiting) {
      this.#waiting.delete(item);
      this.#running++;
      void this.#run(item).then(this.#leave);
      if (this.#running >= this.#width) return;
    }
  }
}
