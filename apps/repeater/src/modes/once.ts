import type { Due, EndedRun, Schedule } from "./schedule.ts";

/** One run, at once: `@reboot`. */
export class Once implements Schedule {
  readonly needsResult = false;
  #isDone = false;

  next(_last: EndedRun | undefined, holdMs: number): Due | undefined {
    if (this.#isDone) return undefined;
    this.#isDone = true;
    return { delayMs: holdMs };
  }
}
