import type { Clock } from "@berth/base";

/** Something with a limit in time. The links belong to the wheel. */
export abstract class WheelEntry {
  /** When it is due, by the clock's `monotonicMs`. */
  dueMs = Infinity;
  /** @internal */ wheelPrevious: WheelEntry | undefined = undefined;
  /** @internal */ wheelNext: WheelEntry | undefined = undefined;

  /** Called once when the time has come; the entry is no longer in the wheel then. Must not throw. */
  abstract expire(): void;
}

/** When deadlines stand close together, one waking answers for all within this span: at most 250 wakings a second. */
const MIN_GAP_MS = 4;

/**
 * All deadlines of a host over one timer. Adding and removing cost a few pointer writes, since nearly every deadline is
 * removed before it is due; what is due is looked for only when the timer wakes.
 *
 * An entry never expires early, and at most {@link MIN_GAP_MS} late by the clock. When the last entry leaves, the timer goes
 * with the current turn of the event loop: not at once, so that a run of short calls does not pay for a timer each.
 */
export class DeadlineWheel implements Disposable {
  readonly #clock: Clock;
  readonly #ring: WheelEntry = new RingHead();
  #size = 0;
  #timer: Disposable | undefined;
  #timerDueMs = Infinity;
  #idleCheck: NodeJS.Immediate | undefined;
  #isDisposed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#size;
  }

  /** Takes `entry`, which is in no wheel, until `dueMs` by the clock's `monotonicMs`. */
  add(entry: WheelEntry, dueMs: number): void {
    const last = this.#ring.wheelPrevious!;
    entry.dueMs = dueMs;
    entry.wheelPrevious = last;
    entry.wheelNext = this.#ring;
    last.wheelNext = entry;
    this.#ring.wheelPrevious = entry;
    this.#size++;
    if (dueMs < this.#timerDueMs) this.#arm(dueMs);
  }

  /** Lets go of `entry`; harmless when it is not in the wheel. */
  remove(entry: WheelEntry): void {
    if (entry.wheelNext === undefined) return;
    this.#unlink(entry);
    if (this.#size === 0 && this.#timer !== undefined) {
      this.#idleCheck ??= setImmediate(() => {
        this.#idleCheck = undefined;
        if (this.#size === 0) this.#disarm();
      });
    }
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    clearImmediate(this.#idleCheck);
    this.#idleCheck = undefined;
    this.#disarm();
  }

  #unlink(entry: WheelEntry): void {
    entry.wheelPrevious!.wheelNext = entry.wheelNext;
    entry.wheelNext!.wheelPrevious = entry.wheelPrevious;
    entry.wheelPrevious = undefined;
    entry.wheelNext = undefined;
    this.#size--;
  }

  #wake(): void {
    this.#timer = undefined;
    this.#timerDueMs = Infinity;
    const nowMs = this.#clock.monotonicMs();
    const due: WheelEntry[] = [];
    let nextMs = Infinity;
    for (let entry = this.#ring.wheelNext!; entry !== this.#ring;) {
      const following = entry.wheelNext!;
      if (entry.dueMs <= nowMs) {
        this.#unlink(entry);
        due.push(entry);
      } else if (entry.dueMs < nextMs) {
        nextMs = entry.dueMs;
      }
      entry = following;
    }
    // A second waking so soon is only worth it for what is due by then; the others wait for it.
    if (nextMs < Infinity) this.#arm(due.length > 0 ? Math.max(nextMs, nowMs + MIN_GAP_MS) : nextMs);
    for (const entry of due) entry.expire();
  }

  #arm(dueMs: number): void {
    if (this.#isDisposed) return;
    this.#timer?.[Symbol.dispose]();
    this.#timerDueMs = dueMs;
    // Timers of whole milliseconds may fire up to one early: waking checks, and arms again.
    this.#timer = this.#clock.setTimer(() => this.#wake(), Math.max(0, Math.ceil(dueMs - this.#clock.monotonicMs())));
  }

  #disarm(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#timerDueMs = Infinity;
  }
}

/** The ring's fixed point; it is never due. */
class RingHead extends WheelEntry {
  constructor() {
    super();
    this.wheelPrevious = this;
    this.wheelNext = this;
  }

  override expire(): void {}
}
