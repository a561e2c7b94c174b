import { setImmediate } from "node:timers/promises";
import { getHeapSnapshot, startCpuProfile } from "node:v8";
import { type Clock, sleep } from "@berth/base";
import type { Peer, Stream } from "@berth/protocol";
import type { Inspect, InspectHead } from "@berth/sdk/runtime";

/** Of one item: much less than a stream takes at once, so that calls get through between two. */
const ITEM_BYTES = 64 * 2 ** 10;

/** Five minutes of one a millisecond, and some; older ones give way. */
const MOST_SAMPLES = 400_000;

/**
 * Lets the host look at the code in this thread, the guest's included: over the channel, which no plugin can reach. `guest` is the address
 * of the guest's own code.
 */
export function serveInspections(peer: Peer, clock: Clock, guest: string): void {
  peer.handle("guest.inspect", async (params, { signal }) => {
    const { kind, durationMs, stream: id } = params as Inspect;
    using stream = peer.acceptStream(id);
    const head: InspectHead = { guest };
    try {
      await stream.write(head);
      if (kind === "cpu") await send(stream, [await profileTime(clock, durationMs, signal)], signal);
      else await sendHeap(stream, signal);
      stream.end();
    } catch (error) {
      stream.reset(error as Error);
      throw error;
    }
    return {};
  });
}

async function profileTime(clock: Clock, durationMs: number, signal: AbortSignal): Promise<Buffer> {
  using profile = startCpuProfile({ maxBufferSize: MOST_SAMPLES });
  await sleep(clock, durationMs, signal);
  return Buffer.from(profile.stop());
}

async function sendHeap(stream: Stream, signal: AbortSignal): Promise<void> {
  // The thread stands still while the picture is taken: that it has begun is to be said before.
  await setImmediate();
  const snapshot = getHeapSnapshot();
  try {
    await send(stream, snapshot as AsyncIterable<Buffer>, signal);
  } finally {
    snapshot.destroy();
  }
}

async function send(
  stream: Stream,
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  signal: AbortSignal,
): Promise<void> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += ITEM_BYTES) {
      signal.throwIfAborted();
      // Whoever has enough of it resets the stream.
      await stream.write(chunk.subarray(at, at + ITEM_BYTES));
    }
  }
}
