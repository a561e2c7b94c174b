import type { Clock } from "@berth/base";

/** Options of {@link TimerQueue}. */
export interface TimerQueueOptions {
  /**
   * The wall clock was set, or the machine slept: by how much it went further than time itself. `sinceMs` is what the wall clock,
   * as it goes now, would have shown when it was last looked at: nothing after that has been fired.
   */
  onClockSet?: ((byMs: number, sinceMs: number) => void) | undefined;
  /** An appointment is some milliseconds off, where the clock tells of that. */
  onNear?: ((atMs: number) => void) | undefined;
  /** How long to sleep at most before looking at the wall clock again. */
  longestSleepMs?: number | undefined;
}

/** A clock that is set, and a machine that was suspended, are noticed within this. */
const LONGEST_SLEEP_MS = 60_000;

/** Wall clock and monotonic time may drift apart this much between two looks: time servers slew by far less. */
const CLOCK_SET_MS = 1_000;

/** Dead entries are swept out when they are more than the living, and at least this many. */
const SWEEP_FROM = 64;

/** An appointment; itself what cancels it, since ten thousand of them should be small. */
class Entry implements Disposable {
  isQueued = true;
  /** Gone when cancelled or fired. */
  fire: (() => void) | undefined;
  readonly #onCancel: () => void;

  constructor(fire: () => void, onCancel: () => void) {
    this.fire = fire;
    this.#onCancel = onCancel;
  }

  [Symbol.dispose](): void {
    if (this.fire === undefined) return;
    this.fire = undefined;
    if (this.isQueued) this.#onCancel();
  }
}

/** All appointments of one time, in the order they were added. */
interface Slot {
  readonly atMs: number;
  entries: Entry[];
}

/**
 * Any number of appointments by the wall clock, over one timer: a binary heap of the times, of which only the first is waited for.
 * Schedules have times in common: taking what is due from a heap of all appointments would hold up the first by half a millisecond.
 *
 * Nothing is fired early: timers may wake up to one millisecond too soon, so the wall clock decides when they do. Entries of one
 * time are fired in the order they were added.
 */
export class TimerQueue implements Disposable {
  readonly #clock: Clock;
  readonly #onClockSet: TimerQueueOptions["onClockSet"];
  readonly #onNear: TimerQueueOptions["onNear"];
  readonly #longestSleepMs: number;
  readonly #slots = new Map<number, Slot>();
  #heap: Slot[] = [];
  #queued = 0;
  #dead = 0;
  #timer: Disposable | undefined;
  #timerAtMs = Infinity;
  /** Both clocks when last looked at. */
  #lookedAt = { wallMs: 0, monotonicMs: 0 };
  #isDisposed = false;

  readonly #onCancel = (): void => {
    this.#dead++;
    if (this.size === 0) this.#clear();
    else if (this.#dead > SWEEP_FROM && this.#dead > this.#queued / 2) this.#sweep();
  };

  constructor(clock: Clock, options: TimerQueueOptions = {}) {
    this.#clock = clock;
    this.#onClockSet = options.onClockSet;
    this.#onNear = options.onNear;
    this.#longestSleepMs = options.longestSleepMs ?? LONGEST_SLEEP_MS;
  }

  get size(): number {
    return this.#queued - this.#dead;
  }

  /** The time of the first appointment. A cancelled one may still count. */
  get nextMs(): number | undefined {
    return this.#heap[0]?.atMs;
  }

  /** Calls `fire` once when the wall clock shows `atMs` (milliseconds since 1970) or later. Disposing the result cancels it. */
  add(atMs: number, fire: () => void): Disposable {
    const entry = new Entry(fire, this.#onCancel);
    const slot = this.#slots.get(atMs) ?? this.#addSlot(atMs);
    slot.entries.push(entry);
    this.#queued++;
    if (this.#timer === undefined || atMs < this.#timerAtMs) this.#arm();
    return entry;
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#clear();
  }

  #addSlot(atMs: number): Slot {
    const slot: Slot = { atMs, entries: [] };
    this.#slots.set(atMs, slot);
    this.#heap.push(slot);
    siftUp(this.#heap, this.#heap.length - 1);
    return slot;
  }

  #clear(): void {
    for (const { entries } of this.#heap) for (const entry of entries) entry.fire = undefined;
    this.#slots.clear();
    this.#heap = [];
    this.#queued = 0;
    this.#dead = 0;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #sweep(): void {
    for (const slot of this.#heap) {
      slot.entries = slot.entries.filter(isAlive);
      if (slot.entries.length === 0) this.#slots.delete(slot.atMs);
    }
    this.#heap = [...this.#slots.values()].sort((a, b) => a.atMs - b.atMs);
    this.#queued -= this.#dead;
    this.#dead = 0;
  }

  #wake(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.now();
    const elapsedMs = this.#clock.monotonicMs() - this.#lookedAt.monotonicMs;
    const byMs = nowMs - this.#lookedAt.wallMs - elapsedMs;
    const due = this.#takeDue(nowMs);
    if (this.#heap.length > 0) this.#arm();
    if (Math.abs(byMs) >= CLOCK_SET_MS) this.#onClockSet?.(byMs, nowMs - elapsedMs);
    for (const entry of due) {
      if (this.#isDisposed) return;
      fireSafely(entry);
    }
  }

  #takeDue(nowMs: number): Entry[] {
    const due: Entry[] = [];
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (first.atMs > nowMs && first.entries.some(isAlive)) break;
      removeFirst(this.#heap);
      this.#slots.delete(first.atMs);
      this.#queued -= first.entries.length;
      for (const entry of first.entries) {
        entry.isQueued = false;
        if (isAlive(entry)) due.push(entry);
        else this.#dead--;
      }
    }
    return due;
  }

  #arm(): void {
    if (this.#isDisposed) return;
    const nowMs = this.#clock.now();
    // A timer that is only moved does not reset the watch: the clock may have been set since it was armed.
    if (this.#timer === undefined) this.#lookedAt = { wallMs: nowMs, monotonicMs: this.#clock.monotonicMs() };
    this.#timer?.[Symbol.dispose]();
    this.#timerAtMs = this.#heap[0]!.atMs;
    this.#timer = this.#sleep(Math.max(0, Math.ceil(this.#timerAtMs - nowMs)));
  }

  #sleep(ms: number): Disposable {
    const wake = (): void => this.#wake();
    if (ms > this.#longestSleepMs) return this.#clock.setTimer(wake, this.#longestSleepMs);
    const atMs = this.#timerAtMs;
    return this.#clock.setAlarm?.(wake, atMs, () => this.#onNear?.(atMs)) ?? this.#clock.setTimer(wake, ms);
  }
}

/** One that throws must not silence the others that are due; it surfaces as an uncaught error after them. */
function fireSafely(entry: Entry): void {
  const { fire } = entry;
  entry.fire = undefined;
  try {
    fire?.();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

function isAlive(entry: Entry): boolean {
  return entry.fire !== undefined;
}

function siftUp(heap: Slot[], from: number): void {
  const slot = heap[from]!;
  let index = from;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (heap[parent]!.atMs <= slot.atMs) break;
    heap[index] = heap[parent]!;
    index = parent;
  }
  heap[index] = slot;
}

function removeFirst(heap: Slot[]): void {
  const last = heap.pop()!;
  if (heap.length === 0) return;
  let index = 0;
  for (let child = 1; child < heap.length; child = 2 * index + 1) {
    if (child + 1 < heap.length && heap[child + 1]!.atMs < heap[child]!.atMs) child++;
    if (last.atMs <= heap[child]!.atMs) break;
    heap[index] = heap[child]!;
    index = child;
  }
  heap[index] = last;
}
