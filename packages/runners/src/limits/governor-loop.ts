import type { Clock } from "@berth/base";
import { PACE } from "./pace.ts";
import type { TreeGovernor } from "./tree-governor.ts";

interface Watched {
  governor: TreeGovernor;
  dueMs: number;
}

/** Looks at every tree when it is due, with one timer for all. Looks that may be early wait for no wake-up of their own. */
export class GovernorLoop implements Disposable {
  readonly #clock: Clock;
  readonly #watched = new Map<number, Watched>();
  #timer: Disposable | undefined;
  #timerMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(id: number, governor: TreeGovernor): void {
    this.#watched.set(id, { governor, dueMs: this.#clock.monotonicMs() });
    this.#lookAtDue();
  }

  get(id: number): TreeGovernor | undefined {
    return this.#watched.get(id)?.governor;
  }

  /** Looks at it now, out of turn. */
  hurry(id: number): void {
    const watched = this.#watched.get(id);
    if (!watched) return;
    watched.dueMs = this.#clock.monotonicMs();
    this.#lookAtDue();
  }

  /** Ends the watch; a tree that stands still goes on. */
  remove(id: number): void {
    this.#watched.get(id)?.governor[Symbol.dispose]();
    this.#watched.delete(id);
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    for (const id of this.#watched.keys()) this.remove(id);
  }

  #lookAtDue(): void {
    const nowMs = this.#clock.monotonicMs();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const watched of this.#watched.values()) {
      if (watched.dueMs <= nowMs + 1) {
        const inMs = watched.governor.look(nowMs);
        watched.dueMs = inMs === undefined ? Number.POSITIVE_INFINITY : onGrid(nowMs, inMs);
      }
      nextMs = Math.min(nextMs, watched.dueMs);
    }
    this.#arm(nowMs, nextMs);
  }

  #arm(nowMs: number, dueMs: number): void {
    if (dueMs === this.#timerMs) return;
    this.#timer?.[Symbol.dispose]();
    this.#timerMs = dueMs;
    this.#timer = Number.isFinite(dueMs) ? this.#clock.setTimer(() => this.#wake(), dueMs - nowMs) : undefined;
  }

  #wake(): void {
    this.#timerMs = Number.POSITIVE_INFINITY;
    this.#timer = undefined;
    this.#lookAtDue();
  }
}

/** Calm looks fall on common moments, so that twenty resting plugins wake the governor four times a second, not eighty. */
function onGrid(nowMs: number, inMs: number): number {
  const dueMs = nowMs + inMs;
  return inMs < PACE.calmMs ? dueMs : Math.floor(dueMs / PACE.calmMs) * PACE.calmMs;
}
