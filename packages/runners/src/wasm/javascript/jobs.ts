/** A job, run when the code before it is done. */
export type Job = () => void;

/**
 * The jobs of promises. The engine inside a component runs its own only while a function is called that WebAssembly knows to be
 * asynchronous, which no host of the synchronous kind can do; so promises and their jobs are made here.
 */
export class Jobs {
  #jobs: Job[] = [];
  #next = 0;

  add(job: Job): void {
    this.#jobs.push(job);
  }

  /** Runs until none is left, also of those that the others add. */
  run(): void {
    while (this.#next < this.#jobs.length) {
      const job = this.#jobs[this.#next++]!;
      job();
      // The list is cut now and then: jobs that add jobs would make it grow without end.
      if (this.#next === 1_024) {
        this.#jobs = this.#jobs.slice(this.#next);
        this.#next = 0;
      }
    }
    this.#jobs.length = 0;
    this.#next = 0;
  }
}
