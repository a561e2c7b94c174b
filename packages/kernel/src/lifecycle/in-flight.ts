import { type Clock, sleep } from "@berth/base";

/** Counts the calls under way, so that a stop can wait for the last of them. */
export class InFlight {
  #count = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  get count(): number {
    return this.#count;
  }

  async track<T>(work: Promise<T>): Promise<T> {
    this.#count++;
    try {
      return await work;
    } finally {
      if (--this.#count === 0) {
        this.#idle?.resolve();
        this.#idle = undefined;
      }
    }
  }

  /** @returns whether all calls ended within `limitMs`. */
  async drained(clock: Clock, limitMs: number): Promise<boolean> {
    if (this.#count === 0) return true;
    this.#idle ??= Promise.withResolvers<void>();
    const stopWaiting = new AbortController();
    const limit = sleep(clock, limitMs, stopWaiting.signal).then(
      () => false,
      () => true,
    );
    const result = await Promise.race([this.#idle.promise.then(() => true), limit]);
    stopWaiting.abort();
    return result;
  }
}
