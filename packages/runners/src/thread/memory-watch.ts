import type { Clock } from "@berth/base";

/** Between two looks at threads that run; one fills about 40 MiB of buffers in that time. */
const LOOK_EVERY_MS = 25;
/** Twice that. One that has room for more is not looked at again before it can have filled it. */
const MOST_PER_LOOK_MB = 80;
/** All the same it is looked at that often, since no figure holds for every machine. */
const MOST_LOOKS_SKIPPED = 3;
/** A thread that sleeps is looked at all the same, since something outside may have filled its buffers. */
const LOOK_AT_SLEEPING_EVERY = 40;
/** From this share of the limit on garbage is collected, whenever there may be so much of it. */
const FULL = 0.8;
const WORTH_COLLECTING = 0.1;
/** Who is over the limit may have been full of garbage; one that fills up without a pause never collects, and is not waited for. */
const COLLECT_WITHIN_MS = 60;
const FAR_OVER = 1.15;

/** One thread and what it may use. */
export interface WatchedThread {
  memoryMb: number;
  /** Whether it has run since this was last asked. */
  hasRun(): boolean;
  /** Heap and buffers together, MiB. Rejects when it has ended. */
  usedMb(): Promise<number>;
  /** Has it collect its garbage; settles when it has, which one that never pauses does not. */
  collect(): Promise<void>;
  /** It holds more than it may. Called once. */
  onOver(usedMb: number): void;
}

/**
 * Looks at what threads hold, since V8's own limit is for the heap alone and buffers lie outside. One watch serves all threads of a
 * runner; its timer runs while there are any.
 */
export class MemoryWatch implements Disposable {
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  #timer: Disposable | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  watch(thread: WatchedThread): Disposable {
    const watched = new Watched(thread, this.#clock);
    this.#watched.add(watched);
    this.#timer ??= this.#arm();
    return {
      [Symbol.dispose]: () => {
        this.#watched.delete(watched);
        if (this.#watched.size === 0) this[Symbol.dispose]();
      },
    };
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #arm(): Disposable {
    return this.#clock.setTimer(() => {
      for (const watched of this.#watched) void watched.look();
      this.#timer = this.#arm();
    }, LOOK_EVERY_MS);
  }
}

class Watched {
  readonly #thread: WatchedThread;
  readonly #clock: Clock;
  #slept = 0;
  /** How many looks come to nothing until the next one, and after each. */
  #left = 0;
  #skips = 0;
  #isLooking = false;
  /** When it was asked to collect its garbage, while it has not. */
  #askedMs: number | undefined;
  /** What was left of it when garbage was last collected. */
  #floorMb = 0;
  #isOver = false;

  constructor(thread: WatchedThread, clock: Clock) {
    this.#thread = thread;
    this.#clock = clock;
  }

  async look(): Promise<void> {
    if (this.#isLooking || this.#isOver || !this.#isDue()) return;
    this.#isLooking = true;
    try {
      this.#judge(await this.#thread.usedMb());
    } catch {
      // It ended meanwhile.
    } finally {
      this.#isLooking = false;
    }
  }

  /** Asking a thread wakes it, which costs a hundred times as much as seeing whether it ran; and that costs much for hundreds of them. */
  #isDue(): boolean {
    this.#slept++;
    if (this.#left-- > 0) return false;
    this.#left = this.#skips;
    if (!this.#thread.hasRun() && this.#slept < LOOK_AT_SLEEPING_EVERY) return false;
    this.#slept = 0;
    return true;
  }

  #judge(usedMb: number): void {
    const { memoryMb } = this.#thread;
    const roomMb = Math.max(0, memoryMb * FULL - usedMb);
    this.#skips = Math.min(MOST_LOOKS_SKIPPED, Math.floor(roomMb / MOST_PER_LOOK_MB));
    this.#left = this.#skips;
    const mayBeGarbage = usedMb > memoryMb * FULL && usedMb - this.#floorMb > memoryMb * WORTH_COLLECTING;
    const isPatient = mayBeGarbage && usedMb <= memoryMb * FAR_OVER && !this.#isLate();
    if (usedMb > memoryMb && !isPatient) {
      this.#isOver = true;
      this.#thread.onOver(Math.ceil(usedMb));
    } else if (mayBeGarbage && this.#askedMs === undefined) {
      void this.#collect();
    }
  }

  #isLate(): boolean {
    return this.#askedMs !== undefined && this.#clock.monotonicMs() - this.#askedMs > COLLECT_WITHIN_MS;
  }

  async #collect(): Promise<void> {
    this.#askedMs = this.#clock.monotonicMs();
    try {
      await this.#thread.collect();
      this.#floorMb = await this.#thread.usedMb();
    } catch {
      // It ended meanwhile.
    } finally {
      this.#askedMs = undefined;
    }
  }
}
