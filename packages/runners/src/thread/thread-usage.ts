import type { Worker } from "node:worker_threads";
import type { ResourceUsage } from "@berth/contract";
import { UNKNOWN_USAGE } from "@berth/contract";
import { askThread } from "./ask-thread.ts";

const MIB = 1_048_576;
/** What asking it takes counts as running, too. */
const AWAKE_MS = 1;
/** More is no count of anything. */
const MOST_HANDLES = 1_000_000;

/**
 * What the thread of a worker uses. One that has not run since it was last asked is not woken for it, and one that does not answer, being
 * in native code, is not asked again meanwhile.
 */
export class ThreadUsage {
  readonly #worker: Worker;
  readonly #countsHandles: boolean;
  #seenMs = -Infinity;
  #last: ResourceUsage = UNKNOWN_USAGE;
  #asking: Promise<ResourceUsage> | undefined;

  /** @param countsHandles whether its guest tells what is open in it. */
  constructor(worker: Worker, countsHandles: boolean) {
    this.#worker = worker;
    this.#countsHandles = countsHandles;
  }

  read(): Promise<ResourceUsage> {
    const activeMs = this.#worker.performance.eventLoopUtilization().active;
    if (activeMs - this.#seenMs < AWAKE_MS) return Promise.resolve(this.#last);
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
      this.#seenMs = this.#worker.performance.eventLoopUtilization().active;
    });
    return this.#asking;
  }

  async #ask(): Promise<ResourceUsage> {
    const [cpu, heap, handles] = await Promise.all([
      this.#worker.cpuUsage(),
      this.#worker.getHeapStatistics(),
      this.#countsHandles ? askThread(this.#worker, "handles") : null,
    ]);
    this.#last = {
      ...UNKNOWN_USAGE,
      cpuMs: (cpu.user + cpu.system) / 1_000,
      memoryMb: (heap.used_heap_size + heap.external_memory) / MIB,
      externalMb: heap.external_memory / MIB,
      handles: isCount(handles) ? handles : null,
    };
    return this.#last;
  }
}

/** The plugin lives in that thread, and may answer in its guest's place. */
function isCount(answer: unknown): answer is number {
  return Number.isSafeInteger(answer) && (answer as number) >= 0 && (answer as number) <= MOST_HANDLES;
}
