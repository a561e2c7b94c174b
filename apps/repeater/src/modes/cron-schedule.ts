import type { Clock } from "@berth/base";
import { type CronPattern, latestSlot } from "@berth/jobs";
import type { CatchUp, Due, EndedRun, Schedule } from "./schedule.ts";

/** How a {@link CronSchedule} runs. */
export interface CronScheduleOptions {
  pattern: Pick<CronPattern, "next">;
  clock: Clock;
  catchUp: CatchUp;
  /** The last time that an earlier process ran; default: none, and only times from now on count. */
  lastSlot?: number | undefined;
}

/** Two slots of a cron expression are never closer. */
const CLOSEST_MS = 1_000;

/** Runs each time of a cron expression once. A time that has run does not come again when the clock is set back. */
export class CronSchedule implements Schedule {
  readonly needsResult = false;
  readonly #options: CronScheduleOptions;
  #last: number;

  constructor(options: CronScheduleOptions) {
    this.#options = options;
    this.#last = options.lastSlot ?? options.clock.now();
  }

  next(_last: EndedRun | undefined, holdMs: number): Due | undefined {
    const { pattern, clock } = this.#options;
    const earliest = clock.now() + holdMs;
    const slot = pattern.next(this.#last);
    if (slot === undefined) return undefined;
    const at = slot >= earliest ? slot : this.#lateSlot(slot, earliest);
    if (at === undefined) return undefined;
    this.#last = at;
    return { at: Math.max(at, holdMs > 0 ? earliest : at) };
  }

  revise(due: Due & { at: number }): Due & { at: number } {
    const at = this.#lateSlot(this.#last, this.#options.clock.now()) ?? due.at;
    this.#last = at;
    return { ...due, at };
  }

  #lateSlot(slot: number, now: number): number | undefined {
    const { pattern, catchUp } = this.#options;
    if (catchUp === "all") return slot;
    const next = (afterMs: number): number | undefined => pattern.next(afterMs);
    const latest = latestSlot({ kind: "cron", closestMs: CLOSEST_MS, next }, slot, now).slot;
    return catchUp === "one" || latest === now ? latest : pattern.next(now);
  }
}
