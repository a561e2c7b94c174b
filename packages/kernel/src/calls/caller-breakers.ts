import type { Breaker, BreakerPolicy, BreakerState } from "./breaker.ts";

/** More callers than a host has plugins and applications; beyond that they share one. */
const MOST_CALLERS = 1_000;

/** The breaker of an endpoint; or one for each of its callers, so that one whose calls fail does not shut the others out. */
export class CallerBreakers {
  readonly #make: () => Breaker;
  readonly #shared: Breaker;
  readonly #byCaller: Map<string, Breaker> | undefined;

  constructor(make: () => Breaker, isPerCaller: boolean) {
    this.#make = make;
    this.#shared = make();
    this.#byCaller = isPerCaller ? new Map() : undefined;
  }

  /** Of those by caller the first that lets not everything pass. */
  get state(): BreakerState {
    for (const { state } of this.#byCaller?.values() ?? []) if (state.state !== "closed") return state;
    return this.#shared.state;
  }

  restore(state: BreakerState): void {
    this.#shared.restore(state);
  }

  of(caller: string): Breaker {
    if (this.#byCaller === undefined) return this.#shared;
    const found = this.#byCaller.get(caller);
    if (found !== undefined) return found;
    if (this.#byCaller.size >= MOST_CALLERS) return this.#shared;
    const made = this.#make();
    this.#byCaller.set(caller, made);
    return made;
  }

  adapt(policy: BreakerPolicy): void {
    for (const breaker of [this.#shared, ...(this.#byCaller?.values() ?? [])]) breaker.adapt(policy);
  }
}
