import type { CollectGarbage } from "./collect-garbage.ts";

/** A collection takes some ten milliseconds: a thousandth of what so many runs take at their quickest. */
const RUNS_A_COLLECTION = 5_000;

/**
 * Keeps the memory of a process flat however many runs it makes. Of a run that takes its time a little outlives the collections of
 * young memory, and V8 would let that grow by megabytes before it looks through the rest.
 */
export class LongMemory {
  #runs = 0;
  #collect: CollectGarbage | undefined;

  /** To be called between two runs. A promise where there is something to wait for. */
  afterRun(): Promise<void> | undefined {
    return ++this.#runs % RUNS_A_COLLECTION === 0 ? this.#collectAll() : undefined;
  }

  async #collectAll(): Promise<void> {
    // Not sooner: most have ended before.
    this.#collect ??= (await import("./collect-garbage.ts")).openCollectGarbage();
    this.#collect({ type: "major" });
  }
}
