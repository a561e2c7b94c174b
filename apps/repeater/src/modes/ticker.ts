import type { Clock } from "@berth/base";
import type { CatchUp, Due, EndedRun, Schedule } from "./schedule.ts";

/** How a {@link Ticker} ticks. */
export interface TickerOptions {
  clock: Clock;
  /** From one tick to the next; 0 for as soon as there is room. */
  everyMs: number;
  catchUp: CatchUp;
  /** Where an earlier process left off. Default: at once. */
  firstDelayMs?: number;
}

/** Runs at once and then at a fixed distance, counted from the first run: neither slow runs nor a clock that is set shift it. */
export class Ticker implements Schedule {
  readonly needsResult = false;
  readonly #options: TickerOptions;
  #anchor: number | undefined;
  #last = 0;

  constructor(options: TickerOptions) {
    this.#options = options;
  }

  next(_last: EndedRun | undefined, holdMs: number): Due {
    const { clock, everyMs, firstDelayMs = 0 } = this.#options;
    const now = clock.monotonicMs();
    if (this.#anchor === undefined) {
      this.#anchor = this.#last = now + Math.max(firstDelayMs, holdMs);
      return { delayMs: this.#anchor - now };
    }
    if (everyMs === 0) return { delayMs: holdMs };
    const earliest = now + holdMs;
    const tick = this.#last + everyMs;
    this.#last = tick >= earliest ? tick : this.#lateTick(tick, earliest);
    return { delayMs: Math.max(this.#last - now, holdMs) };
  }

  /** The tick that is run for `tick`, whose time has passed at `earliest`. */
  #lateTick(tick: number, earliest: number): number {
    const { everyMs, catchUp } = this.#options;
    if (catchUp === "all") return tick;
    const passed = Math.floor((earliest - tick) / everyMs);
    return tick + everyMs * (catchUp === "one" ? passed : passed + 1);
  }
}
