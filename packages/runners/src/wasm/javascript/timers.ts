/** A timer that is due. */
interface Due {
  id: number;
  atMs: number;
  everyMs: number | undefined;
  fire: () => void;
}

/** Timers of JavaScript, on one alarm of the host. */
export class Timers {
  readonly #nowMs: () => number;
  readonly #setAlarm: (ms: number) => void;
  readonly #due = new Map<number, Due>();
  #last = 0;

  /** `setAlarm` takes the place of the one before. */
  constructor(nowMs: () => number, setAlarm: (ms: number) => void) {
    this.#nowMs = nowMs;
    this.#setAlarm = setAlarm;
  }

  set(fire: () => void, ms: number, isAgain: boolean): number {
    const id = ++this.#last;
    const delayMs = Math.max(1, Number.isFinite(ms) ? ms : 1);
    this.#due.set(id, { id, atMs: this.#nowMs() + delayMs, everyMs: isAgain ? delayMs : undefined, fire });
    this.#arm();
    return id;
  }

  clear(id: unknown): void {
    this.#due.delete(Number(id));
  }

  /** The alarm went off: fires what is due, in the order of the times, `after` behind each. */
  wake(after: () => void): void {
    const nowMs = this.#nowMs();
    const due = [...this.#due.values()].filter(({ atMs }) => atMs <= nowMs).toSorted((a, b) => a.atMs - b.atMs);
    for (const timer of due) {
      if (!this.#due.has(timer.id)) continue;
      if (timer.everyMs === undefined) this.#due.delete(timer.id);
      else timer.atMs = nowMs + timer.everyMs;
      timer.fire();
      after();
    }
    this.#arm();
  }

  #arm(): void {
    let first = Infinity;
    for (const { atMs } of this.#due.values()) first = Math.min(first, atMs);
    if (first !== Infinity) this.#setAlarm(Math.max(0, first - this.#nowMs()));
  }
}
