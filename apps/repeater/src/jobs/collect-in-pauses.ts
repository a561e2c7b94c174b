import type { Clock } from "@berth/base";
import type { CollectGarbage } from "../run/collect-garbage.ts";

/** Fewer leave so little behind that it can stay. */
const RUNS_A_COLLECTION = 100;

/** A collection takes a millisecond or two: in a shorter pause it might not be over when the next run is due. */
const SHORTEST_PAUSE_MS = 40;

/** By then most commands of the runs before have ended, too. */
const LONGEST_WAIT_MS = 500;

/**
 * Has garbage collected while nothing is due. V8 collects when the room for new objects is full, so in the midst of many that are
 * due at once, and those that have not begun yet are ten milliseconds later.
 */
export class CollectInPauses implements Disposable {
  readonly #clock: Clock;
  readonly #pauseMs: () => number;
  readonly #open: () => Promise<CollectGarbage>;
  #runs = 0;
  #timer: Disposable | undefined;
  #collect: CollectGarbage | undefined;
  #isDisposed = false;

  /** @param pauseMs how long it is until something is due. */
  constructor(clock: Clock, pauseMs: () => number, open: () => Promise<CollectGarbage> = openLate) {
    this.#clock = clock;
    this.#pauseMs = pauseMs;
    this.#open = open;
  }

  /** To be called after each run. */
  afterRun(): void {
    if (++this.#runs < RUNS_A_COLLECTION || this.#timer) return;
    const pauseMs = this.#pauseMs();
    if (pauseMs < SHORTEST_PAUSE_MS) return;
    // In its middle: what was due with this run has begun by then, and what is due next is as far away.
    this.#timer = this.#clock.setTimer(() => void this.#collectNow(), Math.min(pauseMs / 2, LONGEST_WAIT_MS));
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#timer?.[Symbol.dispose]();
  }

  async #collectNow(): Promise<void> {
    this.#collect ??= await this.#open();
    this.#timer = undefined;
    // The timer came late, or something was added meanwhile.
    if (this.#isDisposed || this.#pauseMs() < SHORTEST_PAUSE_MS / 2) return;
    this.#runs = 0;
    this.#collect({ type: "minor" });
  }
}

/** Most files have few jobs, which never ask. */
async function openLate(): Promise<CollectGarbage> {
  return (await import("../run/collect-garbage.ts")).openCollectGarbage();
}
