import type { LastRun, NextRun, SchedulerInstance } from "@berth/sdk";
import type { Waits } from "./waits.ts";

/** How a {@link Retries} goes on. */
export interface RetriesOptions {
  waits: Waits;
  maxDelayMs: number;
  /** All attempts, the first among them; 0 for as many as it takes. */
  attempts: number;
}

/** Attempts until one succeeds: the first at once, the others after waits that grow up to a limit. */
export class Retries implements SchedulerInstance {
  readonly #options: RetriesOptions;
  #failed = 0;

  constructor(options: RetriesOptions) {
    this.#options = options;
  }

  next(last: LastRun | undefined): NextRun | undefined {
    const { waits, maxDelayMs, attempts } = this.#options;
    if (!last) return { delayMs: 0, endsOnSuccess: true };
    if (last.success) return undefined;
    this.#failed++;
    if (attempts > 0 && this.#failed >= attempts) return undefined;
    const delayMs = Math.min(waits(this.#failed), maxDelayMs);
    return { delayMs, endsOnSuccess: true, note: `attempt ${this.#failed + 1} after ${Math.round(delayMs)} ms` };
  }
}
