import type { Clock } from "@berth/base";
import { WorkerThread } from "./worker-thread.ts";

/** Threads that wait for a plugin, each for one. They do not keep the process alive. */
export class WorkerPool implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #wanted: number;
  readonly #blank = new Set<WorkerThread>();
  #refill: NodeJS.Immediate | undefined;
  #isDisposed = false;

  constructor(clock: Clock, wanted: number) {
    this.#clock = clock;
    this.#wanted = wanted;
  }

  get size(): number {
    return this.#blank.size;
  }

  /** One for a plugin that may use so much memory: one that waits, or a new one; what was taken is replaced by one like it, after everything that is going on now. */
  take(memoryMb: number): WorkerThread {
    const found = [...this.#blank].find((thread) => thread.fits(memoryMb));
    if (found) this.#blank.delete(found);
    this.#refill ??= setImmediate(() => this.#fill(memoryMb));
    return found ?? this.#start(memoryMb, false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    clearImmediate(this.#refill);
    const waiting = [...this.#blank];
    for (const thread of waiting) thread.kill("not needed");
    await Promise.all(waiting.map((thread) => thread.gone));
  }

  #start(memoryMb: number, isSpare: boolean): WorkerThread {
    return new WorkerThread({ memoryMb, clock: this.#clock, isSpare });
  }

  #fill(memoryMb: number): void {
    this.#refill = undefined;
    while (this.#blank.size < this.#wanted && !this.#isDisposed) {
      const thread = this.#start(memoryMb, true);
      this.#blank.add(thread);
      void thread.gone.then(() => this.#blank.delete(thread));
    }
  }
}
