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
export class CollectInPauses implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #pauseMs: () => number;
  readonly #open: () => Promise<CollectGarbage>;
  #runs = 0;
  #timer: Disposable | undefined;
  #collect: CollectGarbage | undefined;
  /** Settles when it is open and has been used once. Never rejects. */
  #opening: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;
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
    this.#timer = this.#clock.setTimer(this.#collectNow, Math.min(pauseMs / 2, LONGEST_WAIT_MS));
  }

  /** @throws what kept the collector from being opened: jobs go on without it, and it is told when they have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    this.#timer?.[Symbol.dispose]();
    await this.#opening;
    if (this.#failure) throw this.#failure.error;
  }

  readonly #collectNow = (): void => {
    if (this.#collect) this.#collectBy(this.#collect);
    else this.#opening = this.#openFirst();
  };

  /** Its timer counts as set until then: one that cannot be opened is not asked for again. */
  async #openFirst(): Promise<void> {
    try {
      this.#collect = await this.#open();
      this.#collectBy(this.#collect);
    } catch (error) {
      this.#failure = { error };
    }
  }

  #collectBy(collect: CollectGarbage): void {
    this.#timer = undefined;
    // The timer came late, or something was added meanwhile.
    if (this.#isDisposed || this.#pauseMs() < SHORTEST_PAUSE_MS / 2) return;
    this.#runs = 0;
    // What survives one still takes room from what is due next, which would be collected in its midst then; the second moves it away.
    for (let time = 0; time < 2; time++) collect({ type: "minor" });
  }
}

/** Most files have few jobs, which never ask. */
async function openLate(): Promise<CollectGarbage> {
  return (await import("../run/collect-garbage.ts")).openCollectGarbage();
}
