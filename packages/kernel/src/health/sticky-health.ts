import type { Health } from "@berth/contract";

/** How many answers in a row it takes to change a verdict. */
export interface Stickiness {
  /** For a worse one. */
  failures: number;
  /** For a better one. */
  successes: number;
}

type Known = Exclude<Health, "unknown">;

const BADNESS: Readonly<Record<Known, number>> = { healthy: 0, degraded: 1, unhealthy: 2 };

/**
 * A verdict that one answer does not change: it takes several in a row that are worse, or several that are better. It then becomes what the
 * nearest of them said, so that one outlier among them does not count. Before the first verdict a good answer counts at once.
 */
export class StickyHealth {
  #verdict: Health = "unknown";
  /** Those that differ from the verdict in one direction, without a break. */
  #row: Known[] = [];

  get verdict(): Health {
    return this.#verdict;
  }

  /** @returns whether the verdict is another. */
  add(answer: Health, { failures, successes }: Stickiness): boolean {
    if (answer === "unknown") return false;
    const before = this.#verdict;
    const isWorse = BADNESS[answer] > badnessOf(before);
    if (answer === before) this.#row = [];
    else this.#row = this.#isSameDirection(isWorse) ? [...this.#row, answer] : [answer];
    if (before === "unknown" && !isWorse) this.#verdict = answer;
    else if (this.#row.length >= (isWorse ? failures : successes))
      this.#verdict = nearest(this.#row, badnessOf(before));
    if (this.#verdict !== before) this.#row = [];
    return this.#verdict !== before;
  }

  /** It is another thing now. */
  forget(): void {
    this.#verdict = "unknown";
    this.#row = [];
  }

  #isSameDirection(isWorse: boolean): boolean {
    const [first] = this.#row;
    return first !== undefined && BADNESS[first] > badnessOf(this.#verdict) === isWorse;
  }
}

/** What is not known is taken for good, as long as nothing else was said. */
function badnessOf(health: Health): number {
  return health === "unknown" ? 0 : BADNESS[health];
}

function nearest(row: readonly Known[], from: number): Known {
  return row.reduce((best, each) => (Math.abs(BADNESS[each] - from) < Math.abs(BADNESS[best] - from) ? each : best));
}
