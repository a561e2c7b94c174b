import { setImmediate as nextTurn } from "node:timers/promises";

/** So much is done between two turns of the event loop: some milliseconds of work. */
const MOST_UNITS = 256;

/**
 * Lets others have their turn in long synchronous work: for thousands of small files that is several times as fast as promises
 * for each, and nobody has to wait for all of it.
 */
export class Breather {
  readonly #signal: AbortSignal | undefined;
  #units = 0;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** @throws the signal's reason once it has aborted. */
  async after(units: number): Promise<void> {
    this.#units += units;
    if (this.#units < MOST_UNITS) return;
    this.#units = 0;
    await nextTurn();
    this.#signal?.throwIfAborted();
  }
}
