import type { Clock } from "@berth/base";
import type { GuestCode } from "../guest/guest-code.ts";
import { WorkerThread, type WorkerThreadOptions } from "./worker-thread.ts";

const REFILL_AFTER_MS = 20;
/**
 * So long the host sleeps when it has started a thread to wait. Linux may put it on the core of its maker, and lets a maker that has
 * used more of the core since than the thread has wait for the next tick, 4 ms: so the thread is let use some first.
 */
const HEAD_START_MS = 0.3;

/** Threads that wait for a plugin, each for one. They do not keep the process alive. */
export class WorkerPool implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #wanted: number;
  readonly #startThread: (options: WorkerThreadOptions) => WorkerThread;
  readonly #blank = new Set<WorkerThread>();
  /** Those that compile the guest for all that come after: a plugin would have to wait for it, and could not be kept out of it. */
  readonly #compiling = new Set<WorkerThread>();
  readonly #never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #compiled: GuestCode | undefined;
  #refill: Disposable | undefined;
  #isDisposed = false;

  constructor(clock: Clock, wanted: number, startThread = (its: WorkerThreadOptions) => new WorkerThread(its)) {
    this.#clock = clock;
    this.#wanted = wanted;
    this.#startThread = startThread;
  }

  get size(): number {
    return this.#blank.size;
  }

  /** One for a plugin that may use so much memory: one that waits, or a new one. */
  take(memoryMb: number): WorkerThread {
    const found = [...this.#blank].find((thread) => thread.fits(memoryMb) && !this.#compiling.has(thread));
    if (found) this.#blank.delete(found);
    return found ?? this.#start(memoryMb, false);
  }

  /** Makes up for what was taken, by threads like the one just taken. Each holds up its maker for milliseconds: not while a plugin that was just opened answers its first call. */
  refillLater(memoryMb: number): void {
    if (this.#isDisposed) return;
    this.#refill?.[Symbol.dispose]();
    this.#refill = this.#clock.setTimer(() => this.#tryFill(memoryMb), REFILL_AFTER_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    this.#refill?.[Symbol.dispose]();
    const waiting = [...this.#blank];
    for (const thread of waiting) thread.kill("not needed");
    await Promise.all(waiting.map((thread) => thread.gone));
  }

  #start(memoryMb: number, isSpare: boolean): WorkerThread {
    return this.#startThread({ memoryMb, clock: this.#clock, isSpare, compiled: this.#compiled });
  }

  /** A plugin's code runs where the guest does, and could speak in its place: who was given to one is not believed. */
  async #learn(thread: WorkerThread): Promise<void> {
    if (!this.#compiled) this.#compiling.add(thread);
    const compiled = await thread.compiled();
    if (compiled && this.#blank.has(thread)) this.#compiled = compiled;
    this.#compiling.delete(thread);
  }

  /** A system that gives no more threads gives none to wait: whoever needs one hears why. */
  #tryFill(memoryMb: number): void {
    try {
      this.#fill(memoryMb);
    } catch {
      // The next opening makes up for what was taken again.
    }
  }

  #fill(memoryMb: number): void {
    while (this.#blank.size < this.#wanted) {
      const thread = this.#start(memoryMb, true);
      Atomics.wait(this.#never, 0, 0, HEAD_START_MS);
      this.#blank.add(thread);
      void this.#learn(thread);
      void thread.gone.then(() => this.#blank.delete(thread));
    }
  }
}
