/** Between which the circuit stays as it is. */
export interface CircuitOptions {
  /** Below this chance of success it opens. */
  openBelow: number;
}

/** `closed`: all is well; `open`: runs are rare; `half-open`: it seems to be back. */
export type CircuitState = "closed" | "open" | "half-open";

/** How much of what was known is kept with each run. */
const MEMORY = 0.95;
const CLOSE_ABOVE = 0.8;

/**
 * An estimate of the chance that a run succeeds, and what follows from it. The estimate is the mean of a beta distribution: each outcome
 * counts one, and what came before counts a little less with each run.
 */
export class Circuit {
  readonly #openBelow: number;
  #successes = 1;
  #failures = 1;
  #state: CircuitState = "closed";

  constructor({ openBelow }: CircuitOptions) {
    this.#openBelow = openBelow;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** From 0 to 1. */
  get chance(): number {
    return this.#successes / (this.#successes + this.#failures);
  }

  note(success: boolean): void {
    this.#successes = this.#successes * MEMORY + (success ? 1 : 0);
    this.#failures = this.#failures * MEMORY + (success ? 0 : 1);
    const { chance } = this;
    if (chance < this.#openBelow) this.#state = "open";
    else if (chance > CLOSE_ABOVE) this.#state = this.#state === "open" ? "half-open" : "closed";
  }
}
