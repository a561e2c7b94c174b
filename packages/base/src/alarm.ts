import type { Clock } from "./clock.ts";

/** Timers come up to three milliseconds late: set so much before and more, they leave the rest to turns of the event loop. */
const LEAD_MS = 4;

/** After shorter waits a timer has to do: so the turns never take two percent of the processor. */
const SHORTEST_MS = 250;

/** Others wait for one turn no longer than 50 microseconds. */
const LOOKS_A_TURN = 20;

/** Some two microseconds: each look at a clock leaves a number to be collected, a pause leaves nothing. */
const PAUSES_A_LOOK = 100;

/** Set back meanwhile, the wall clock would keep the turns going for as long. */
const MOST_TURNS_MS = 2 * LEAD_MS;

/**
 * Calls `fire` once when the wall clock shows `atMs`, within a fraction of a millisecond where nothing else is done. It may come
 * early, as timers do: when it is set for soon, or the clock is set back.
 */
export class Alarm implements Disposable {
  readonly #clock: Clock;
  readonly #atMs: number;
  readonly #fire: () => void;
  readonly #timer: Disposable;
  #turn: NodeJS.Immediate | undefined;

  /** @param onNear told when the turns begin, some milliseconds before: what is done then is over when it fires. */
  constructor(clock: Clock, fire: () => void, atMs: number, onNear?: () => void) {
    this.#clock = clock;
    this.#atMs = atMs;
    this.#fire = fire;
    const delayMs = Math.max(0, Math.ceil(atMs - clock.now()));
    this.#timer =
      delayMs < SHORTEST_MS
        ? clock.setTimer(fire, delayMs)
        : clock.setTimer(() => this.#begin(onNear), delayMs - LEAD_MS);
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    clearImmediate(this.#turn);
  }

  #begin(onNear: (() => void) | undefined): void {
    const endMs = this.#clock.monotonicMs() + MOST_TURNS_MS;
    this.#turn = setImmediate(() => this.#turnUntil(endMs));
    onNear?.();
  }

  /** Others have their turns in between. No pause is a sleep: after one the processor is half awake, and what is due runs slower. */
  #turnUntil(endMs: number): void {
    for (let looks = 0; looks < LOOKS_A_TURN; looks++) {
      if (this.#clock.now() >= this.#atMs) return this.#fire();
      for (let pauses = 0; pauses < PAUSES_A_LOOK; pauses++) Atomics.pause();
    }
    if (this.#clock.monotonicMs() >= endMs) return this.#fire();
    this.#turn = setImmediate(() => this.#turnUntil(endMs));
  }
}
