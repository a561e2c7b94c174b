import type { Clock } from "@berth/base";
import { TimerQueue } from "@berth/jobs";

/** A wall clock that was set is noticed within this, once for all jobs. */
const LONGEST_SLEEP_MS = 10_000;

interface Wait {
  appointment: Disposable;
  reject: (reason: Error) => void;
}

/**
 * The clock of many jobs: all that they wait for stands in two queues, one by the wall clock and one by the monotonic, each over one
 * timer of the clock behind it.
 */
export class JobTimers implements Clock, Disposable {
  readonly #clock: Clock;
  readonly #elapsed: TimerQueue;
  readonly #wall: TimerQueue;
  /** By what ends them. One listener serves all waits of a signal: taking it off again would be the dearest part of being due. */
  readonly #waits = new Map<AbortSignal, Wait[]>();

  constructor(clock: Clock, longestSleepMs = LONGEST_SLEEP_MS) {
    this.#clock = clock;
    const monotonicMs = (): number => clock.monotonicMs();
    const elapsing = { now: monotonicMs, monotonicMs, setTimer: clock.setTimer.bind(clock) };
    this.#elapsed = new TimerQueue(elapsing, { longestSleepMs: Number.MAX_SAFE_INTEGER });
    this.#wall = new TimerQueue(clock, { longestSleepMs });
  }

  now(): number {
    return this.#clock.now();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  /** How long it is until something is due; `Infinity` when nothing is. */
  get pauseMs(): number {
    const { nextMs: elapsedMs = Infinity } = this.#elapsed;
    const { nextMs: at = Infinity } = this.#wall;
    return Math.min(elapsedMs - this.#clock.monotonicMs(), at - this.#clock.now());
  }

  setTimer(fire: () => void, delayMs: number): Disposable {
    return this.#elapsed.add(this.#clock.monotonicMs() + delayMs, fire);
  }

  /** Waits until the wall clock shows `at`. @throws the signal's reason as soon as it aborts. */
  readonly waitUntil = (at: number, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    if (at <= this.#clock.now()) return Promise.resolve();
    const waits = this.#waits.get(signal) ?? this.#watch(signal);
    return new Promise((resolve, reject) => {
      const appointment = this.#wall.add(at, () => {
        takeOut(waits, wait);
        resolve();
      });
      const wait = { appointment, reject };
      waits.push(wait);
    });
  };

  #watch(signal: AbortSignal): Wait[] {
    const waits: Wait[] = [];
    const onAbort = (): void => {
      for (const { appointment, reject } of waits) {
        appointment[Symbol.dispose]();
        reject(signal.reason as Error);
      }
      this.#waits.delete(signal);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    this.#waits.set(signal, waits);
    return waits;
  }

  [Symbol.dispose](): void {
    this.#elapsed[Symbol.dispose]();
    this.#wall[Symbol.dispose]();
  }
}

/** There is hardly ever another. A set would be made anew with each wait. */
function takeOut(waits: Wait[], wait: Wait): void {
  waits[waits.indexOf(wait)] = waits.at(-1)!;
  waits.pop();
}
