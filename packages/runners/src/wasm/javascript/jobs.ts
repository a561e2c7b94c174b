/** A job, called with what was given along: a closure for each would cost an interpreter as much as the job. */
export type Job<A = never, B = never> = (first: A, second: B) => void;

/**
 * The jobs of promises. The engine inside a component runs its own only while a function is called that WebAssembly knows to be
 * asynchronous, which no host of the synchronous kind can do; so promises and their jobs are made here.
 */
export class Jobs {
  /** Three entries for each: the job and what it is called with. */
  #queue: unknown[] = [];

  add<A, B>(job: Job<A, B>, first: A, second: B): void {
    this.#queue.push(job, first, second);
  }

  /** Runs until none is left, also of those that the others add. */
  run(): void {
    while (this.#queue.length > 0) {
      const queue = this.#queue;
      this.#queue = [];
      for (let at = 0; at < queue.length; at += 3) (queue[at] as Job<unknown, unknown>)(queue[at + 1], queue[at + 2]);
    }
  }
}
