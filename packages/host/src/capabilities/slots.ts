import { overLimit } from "./capability-errors.ts";

/** Beyond so many that wait, a plugin is not busy but running away. */
const MOST_WAITING = 1_000;

/** So many at a time; the rest waits in order. */
export class Slots {
  readonly #name: string;
  readonly #waiting = new Set<() => void>();
  #free: number;

  /** @param name what is counted, for messages: `requests`. */
  constructor(name: string, count: number) {
    this.#name = name;
    this.#free = count;
  }

  /** Waits for a slot and runs `work` in it. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#enter(signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    if (this.#waiting.size >= MOST_WAITING) {
      throw overLimit(`Cannot take more ${this.#name}: ${MOST_WAITING} wait already`);
    }
    const turn = Promise.withResolvers<void>();
    const onAbort = (): void => {
      this.#waiting.delete(turn.resolve);
      turn.reject(signal.reason as Error);
    };
    this.#waiting.add(turn.resolve);
    signal.addEventListener("abort", onAbort, { once: true });
    await turn.promise.finally(() => signal.removeEventListener("abort", onAbort));
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free++;
      return;
    }
    // The slot passes on without becoming free, so that nobody overtakes.
    this.#waiting.delete(next);
    next();
  }
}
