import type { Readable } from "node:stream";

/** One full read of a pipe. With two, a flood makes everybody else on the thread wait three times as long. */
const BYTES_A_TURN = 64 * 1_024;

/**
 * Reads a standard stream of a plugin as fast as it comes, for a plugin whose stream nobody reads would wait for ever; but never
 * more than one buffer in one turn of the event loop, so that a flood costs time and not everybody's latency. Resolves when the
 * stream is over; a broken one is over too. Call it in the turn in which the process was started: Node.js itself reads, and throws
 * away, what nobody had asked for when a child ended.
 */
export function readOutput(stream: Readable, take: (chunk: Buffer) => void): Promise<void> {
  let bytesThisTurn = 0;
  const nextTurn = (): void => {
    bytesThisTurn = 0;
    stream.resume();
  };
  const onData = (chunk: Buffer): void => {
    take(chunk);
    bytesThisTurn += chunk.length;
    if (bytesThisTurn < BYTES_A_TURN) return;
    stream.pause();
    setImmediate(nextTurn);
  };
  stream.on("data", onData);
  return new Promise((resolve) => {
    if (stream.closed) return resolve();
    stream.once("close", () => {
      // Node.js keeps what belonged to a thread until the next long collection of garbage, and this is not to be kept with it.
      stream.off("data", onData);
      resolve();
    });
    // What was read so far stands; why a pipe of a killed process broke is not interesting.
    stream.on("error", ignore);
  });
}

/** Made here, since a function holds all that its neighbours know. */
function ignore(): void {
  // Nothing.
}
