import { once } from "node:events";
import { Worker } from "node:worker_threads";

/**
 * How much of the time the main thread did anything but wait for events while `work` ran: what a second thread saw in `/proc`. Linux.
 *
 * `eventLoopUtilization` takes every wait that a signal ends for work, and each end of a child is one. The thread's processor time would
 * leave out what it waits for within `fork` and `vfork`, when it does hold the loop up.
 */
export async function loopBusyShare(work: () => Promise<void>): Promise<number> {
  const shared = new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));
  const looker = new Worker(new URL("main-thread.child.ts", import.meta.url), { workerData: shared.buffer });
  await once(looker, "online");
  shared.fill(0);
  await work();
  const share = shared[2]! / shared[1]!;
  Atomics.store(shared, 0, 1);
  Atomics.notify(shared, 0);
  await once(looker, "exit");
  return share;
}
