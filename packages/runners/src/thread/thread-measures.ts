import type { Worker } from "node:worker_threads";
import { askThread } from "./ask-thread.ts";
import type { WatchedThread } from "./memory-watch.ts";

const MIB = 1_048_576;
/** A worker that ran less than this has slept: what it takes to ask it counts too. */
const AWAKE_MS = 0.5;

/** How a {@link MemoryWatch} sees and asks a worker whose guest listens. */
export function measuresOf(worker: Worker): Pick<WatchedThread, "hasRun" | "usedMb" | "collect"> {
  const activeMs = (): number => worker.performance.eventLoopUtilization().active;
  let seenMs = activeMs();
  return {
    hasRun: () => {
      const before = seenMs;
      seenMs = activeMs();
      return seenMs - before >= AWAKE_MS;
    },
    usedMb: async () => {
      const { used_heap_size, external_memory } = await worker.getHeapStatistics();
      return (used_heap_size + external_memory) / MIB;
    },
    collect: async () => {
      await askThread(worker, "collect");
    },
  };
}
