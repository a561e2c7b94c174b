import type { Clock } from "@berth/base";
import type { Capabilities } from "@berth/contract";
import type { CallScope } from "@berth/kernel/tracing";
import { malformed, overLimit } from "../capability-errors.ts";
import type { CapabilityScope } from "../capability-scope.ts";
import { type Timing, timingOf } from "./timing.ts";

const MOST_TIMERS = 100;
/** The wall clock may be set, and timers may wake a moment too soon: it is looked at again within this. */
const LONGEST_SLEEP_MS = 60_000;

/** Timers by the host's clock, gone with the plugin. */
export function createScheduleCapability(scope: CapabilityScope, calls?: CallScope): Pick<Capabilities, "schedule"> {
  let count = 0;
  return {
    schedule: (request, fire) =>
      scope.run(undefined, async () => {
        if (typeof fire !== "function") throw malformed("Cannot schedule: there is no function to call");
        if (count >= MOST_TIMERS) throw overLimit(`Cannot schedule: there are ${MOST_TIMERS} timers already`);
        count++;
        try {
          const timer = new Timer(await timingOf(request, scope.clock), scope.clock, fire);
          const owned = scope.own(() => {
            timer[Symbol.dispose]();
            count--;
          });
          const start = (): void => timer.start(() => owned[Symbol.dispose]());
          // It goes on when the call is over that it was made in.
          if (calls) calls.leave(start);
          else start();
          scope.used("schedule", { kind: "other", what: "set a timer" });
          return owned;
        } catch (error) {
          count--;
          throw error;
        }
      }),
  };
}

class Timer implements Disposable {
  readonly #timing: Timing;
  readonly #clock: Clock;
  readonly #fire: () => void;
  #sleep: Disposable | undefined;
  #onOver: () => void = () => undefined;

  constructor(timing: Timing, clock: Clock, fire: () => void) {
    this.#timing = timing;
    this.#clock = clock;
    this.#fire = fire;
  }

  /** @param onOver called when there is no further time. */
  start(onOver: () => void): void {
    this.#onOver = onOver;
    this.#waitForNext();
  }

  #waitForNext(): void {
    const at = this.#timing.next();
    if (at === undefined) this.#onOver();
    else this.#waitUntil(at);
  }

  #waitUntil(at: number): void {
    const remainingMs = Math.min(Math.max(0, this.#timing.remainingMs(at)), LONGEST_SLEEP_MS);
    this.#sleep = this.#clock.setTimer(() => {
      if (this.#timing.remainingMs(at) > 0) return this.#waitUntil(at);
      this.#waitForNext();
      try {
        this.#fire();
      } catch {
        // Whoever listens for a plugin logs what the plugin throws; the other timers go on whatever it does.
      }
    }, remainingMs);
  }

  [Symbol.dispose](): void {
    this.#sleep?.[Symbol.dispose]();
  }
}
