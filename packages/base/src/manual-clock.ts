import type { Clock } from "./clock.ts";

interface ManualTimer {
  dueMs: number;
  order: number;
  fire: () => void;
}

/**
 * A clock that moves only when told, for tests and simulations.
 *
 * @example
 * const clock = new ManualClock(Date.UTC(2026, 0, 1));
 * let rang = false;
 * clock.setTimer(() => { rang = true; }, 1_000);
 * await clock.advance(1_000);
 * rang; // true
 */
export class ManualClock implements Clock {
  #nowMs: number;
  #elapsedMs = 0;
  #order = 0;
  readonly #timers = new Set<ManualTimer>();

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  setTimer(fire: () => void, delayMs: number): Disposable {
    const timer: ManualTimer = { dueMs: this.#elapsedMs + Math.max(0, delayMs), order: this.#order++, fire };
    this.#timers.add(timer);
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) };
  }

  /** Moves time on, firing what becomes due in order; promise reactions run between two timers. */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#elapsedMs + byMs;
    await settle();
    for (let next = this.#nextDue(endMs); next; next = this.#nextDue(endMs)) {
      this.#moveTo(next.dueMs);
      this.#timers.delete(next);
      next.fire();
      await settle();
    }
    this.#moveTo(endMs);
    await settle();
  }

  /** Sets the wall clock, as an operator or a time server would; timers and `monotonicMs` are not touched. */
  setWallClock(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  #moveTo(elapsedMs: number): void {
    this.#nowMs += elapsedMs - this.#elapsedMs;
    this.#elapsedMs = elapsedMs;
  }

  #nextDue(endMs: number): ManualTimer | undefined {
    let next: ManualTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs > endMs) continue;
      if (!next || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order)) next = timer;
    }
    return next;
  }
}

/** A macrotask turn lets every promise reaction that is ready run, however long its chain. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
