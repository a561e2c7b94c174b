import type { Clock } from "@berth/base";
import { WorkerThread } from "./worker-thread.ts";

/** What a plugin needs of its thread. */
export interface ThreadNeeds {
  memoryMb: number;
  isTypeScript: boolean;
}

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

  /** One that waits, or a new one; what was taken is replaced by one like it, after everything that is going on now. */
  take(needs: ThreadNeeds): WorkerThread {
    const found = [...this.#blank].find((thread) => thread.fits(needs.memoryMb));
    if (found) this.#blank.delete(found);
    this.#refill ??= setImmediate(() => this.#fill(needs));
    return found ?? this.#start(needs, false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    clearImmediate(this.#refill);
    const waiting = [...this.#blank];
    for (const thread of waiting) thread.kill("not needed");
    await Promise.all(waiting.map((thread) => thread.gone));
  }

  #start(needs: ThreadNeeds, isSpare: boolean): WorkerThread {
    return new WorkerThread({ ...needs, clock: this.#clock, isSpare });
  }

  #fill(needs: ThreadNeeds): void {
    this.#refill = undefined;
    while (this.#blank.size < this.#wanted && !this.#isDisposed) {
      const thread = this.#start(needs, true);
      this.#blank.add(thread);
      void thread.gone.then(() => this.#blank.delete(thread));
    }
  }
}
