import type { Clock } from "@berth/base";
import { TimerQueue } from "@berth/jobs";
import type { WakeAt } from "../run/wait-until.ts";

/** A wall clock that was set is noticed within this, once for all jobs. */
const LONGEST_SLEEP_MS = 10_000;

/** All that wait for one time of the wall clock. */
interface Slot {
  readonly at: number;
  readonly appointment: Disposable;
  woken: PromiseWithResolvers<void>;
}

/**
 * The clock of many jobs: all that they wait for stands in two queues, one by the wall clock and one by the monotonic, each over one
 * timer of the clock behind it.
 */
export class JobTimers implements Clock, Disposable {
  readonly #clock: Clock;
  readonly #elapsed: TimerQueue;
  readonly #wall: TimerQueue;
  readonly #slots = new Map<number, Slot>();
  /** What is waited for, by what ends the wait. */
  readonly #waits = new Map<AbortSignal, Slot>();

  constructor(clock: Clock, longestSleepMs = LONGEST_SLEEP_MS) {
    this.#clock = clock;
    const monotonicMs = (): number => clock.monotonicMs();
    const elapsing = { now: monotonicMs, monotonicMs, setTimer: clock.setTimer.bind(clock) };
    this.#elapsed = new TimerQueue(elapsing, { longestSleepMs: Number.MAX_SAFE_INTEGER });
    this.#wall = new TimerQueue(clock, { longestSleepMs, onNear: (at) => this.#stir(at) });
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

  /**
   * As {@link WakeAt}; with one signal, one wait at a time.
   *
   * Those that wait for one time share one promise, and one listener serves all waits of a signal: whatever each of many had of its own
   * would have to be looked at, at the moment at which all of them are due.
   */
  readonly wakeAt: WakeAt = (at, signal) => {
    if (signal.aborted || at <= this.#clock.now()) return Promise.resolve();
    if (!this.#waits.has(signal)) signal.addEventListener("abort", () => this.#giveUp(signal), { once: true });
    const slot = this.#slots.get(at) ?? this.#open(at);
    this.#waits.set(signal, slot);
    return slot.woken.promise;
  };

  #open(at: number): Slot {
    const appointment = this.#wall.add(at, () => this.#close(slot));
    const slot: Slot = { at, appointment, woken: Promise.withResolvers() };
    this.#slots.set(at, slot);
    return slot;
  }

  #close(slot: Slot): void {
    if (this.#slots.get(slot.at) === slot) this.#slots.delete(slot.at);
    slot.woken.resolve();
  }

  /**
   * Wakes all of a slot once before its time. They wait on; but all that is looked at then is near the processor when it counts, which
   * it was not after a second in which nothing was done.
   */
  #stir(at: number): void {
    const slot = this.#slots.get(at);
    if (!slot) return;
    const { resolve } = slot.woken;
    slot.woken = Promise.withResolvers();
    resolve();
  }

  /** The others in its slot take a new one. */
  #giveUp(signal: AbortSignal): void {
    const slot = this.#waits.get(signal);
    this.#waits.delete(signal);
    if (!slot) return;
    slot.appointment[Symbol.dispose]();
    this.#close(slot);
  }

  [Symbol.dispose](): void {
    this.#elapsed[Symbol.dispose]();
    this.#wall[Symbol.dispose]();
  }
}
