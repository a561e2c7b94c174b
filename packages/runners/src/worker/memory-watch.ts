import type { Clock } from "@berth/base";
import type { Worker } from "node:worker_threads";

/** Between two looks at workers that run; a thread fills about 40 MiB of buffers in that time. */
const LOOK_EVERY_MS = 25;
/** A worker that sleeps is looked at all the same, since something outside may have filled its buffers. */
const LOOK_AT_SLEEPING_EVERY = 40;
/** A worker that ran less than this since the last look has slept: what the look itself took counts too. */
const AWAKE_MS = 0.5;

const MIB = 1_048_576;

/** One worker and what it may use. */
export interface WatchedWorker {
  worker: Worker;
  memoryMb: number;
  /** It holds more: `usedMb`, heap and buffers together. Called once. */
  onOver(usedMb: number): void;
}

/**
 * Looks at what workers hold, since V8's own limit is for the heap alone and buffers lie outside. One watch serves all workers of a
 * runner; its timer runs while there are any.
 */
export class MemoryWatch implements Disposable {
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  #timer: Disposable | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  watch(subject: WatchedWorker): Disposable {
    const watched = new Watched(subject);
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
  readonly #subject: WatchedWorker;
  #loop: ReturnType<Worker["performance"]["eventLoopUtilization"]>;
  #slept = 0;
  #isLooking = false;
  #isOver = false;

  constructor(subject: WatchedWorker) {
    this.#subject = subject;
    this.#loop = subject.worker.performance.eventLoopUtilization();
  }

  async look(): Promise<void> {
    if (this.#isLooking || this.#isOver || !this.#isDue()) return;
    this.#isLooking = true;
    try {
      const { used_heap_size, external_memory } = await this.#subject.worker.getHeapStatistics();
      const usedMb = (used_heap_size + external_memory) / MIB;
      if (usedMb <= this.#subject.memoryMb || this.#isOver) return;
      this.#isOver = true;
      this.#subject.onOver(Math.ceil(usedMb));
    } catch {
      // It ended meanwhile.
    } finally {
      this.#isLooking = false;
    }
  }

  /** Asking a worker wakes it, which costs a hundred times as much as looking at whether it ran. */
  #isDue(): boolean {
    const { worker } = this.#subject;
    const before = this.#loop;
    this.#loop = worker.performance.eventLoopUtilization();
    const awakeMs = worker.performance.eventLoopUtilization(this.#loop, before).active;
    if (awakeMs < AWAKE_MS && ++this.#slept < LOOK_AT_SLEEPING_EVERY) return false;
    this.#slept = 0;
    return true;
  }
}
