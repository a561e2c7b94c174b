import type { Clock } from "@berth/base";
import type { ConcurrencyPolicy } from "./policy.ts";

/** What becomes of whoever waits for a place. Neither may throw. */
export interface PlaceSeeker {
  /** The place is there; it must be given back by `leave`. */
  onPlace(): void;
  onTooLong(): void;
}

/** Bounds how many calls of one endpoint are under way, and how many more wait, first come first served. */
export class Bulkhead {
  #policy: ConcurrencyPolicy;
  readonly #clock: Clock;
  // A Set keeps the order and lets any one go in constant time.
  readonly #queue = new Set<() => void>();
  #inFlight = 0;
  #isAdmitting = false;

  constructor(policy: ConcurrencyPolicy, clock: Clock) {
    this.#policy = policy;
    this.#clock = clock;
  }

  /** Goes on under another policy: what is under way or waits stays, also where it is more than may come from now on. */
  adapt(policy: ConcurrencyPolicy): void {
    this.#policy = policy;
    this.#admitWaiting();
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** Whether nobody more may wait. */
  get isFull(): boolean {
    return this.#queue.size >= this.#policy.maxQueued;
  }

  /** Takes a place if one is free and nobody is before in the queue. */
  tryEnter(): boolean {
    if (this.#inFlight >= this.#policy.maxInFlight || this.#queue.size > 0) return false;
    this.#inFlight++;
    return true;
  }

  /** Waits for a place, at most `limitMs`; disposing the result leaves the queue. */
  queue(limitMs: number, seeker: PlaceSeeker): Disposable {
    const leave = (): void => {
      timer?.[Symbol.dispose]();
      this.#queue.delete(admit);
    };
    const admit = (): void => {
      leave();
      this.#inFlight++;
      seeker.onPlace();
    };
    const expire = (): void => {
      leave();
      seeker.onTooLong();
    };
    const timer = limitMs === Infinity ? undefined : this.#clock.setTimer(expire, limitMs);
    this.#queue.add(admit);
    return { [Symbol.dispose]: leave };
  }

  /** Gives a place back, to the first who waits. */
  leave(): void {
    this.#inFlight--;
    this.#admitWaiting();
  }

  #admitWaiting(): void {
    // A call that is over at once leaves inside `admit`; the loop further out goes on, so the stack stays flat.
    if (this.#queue.size === 0 || this.#isAdmitting) return;
    this.#isAdmitting = true;
    for (const admit of this.#queue) {
      if (this.#inFlight >= this.#policy.maxInFlight) break;
      admit();
    }
    this.#isAdmitting = false;
  }
}
