import type { Writable } from "node:stream";
import type { Clock } from "@berth/base";
import type { OutputLine } from "@berth/kernel/runner";
import { OutputLog } from "../plugin-output/output-log.ts";
import type { OutputMessage } from "./output-messages.ts";

/** Where a plugin writes. */
export type OutputStreams = Readonly<Record<OutputLine["stream"], Writable>>;

/**
 * Turns what is written to `streams` into few, short lines at once, in the thread that writes it, and has only those told. Node.js would
 * send everything to the host's thread, where all that was written in one go arrives in one turn of its event loop, however much it is.
 * @returns what says the last words: a line without its end, and how many were dropped.
 */
export function boundOutput(
  streams: OutputStreams,
  { clock, linesPerSecond, tell }: { clock: Clock; linesPerSecond: number; tell: (message: OutputMessage) => void },
): OutputLog {
  const log = new OutputLog({
    clock,
    linesPerSecond,
    onLine: (output) => tell({ output }),
    onLimit: ({ used }) => tell({ outputUsed: used }),
  });
  for (const name of ["stdout", "stderr"] as const) takeWrites(streams[name], (chunk) => log.push(name, chunk));
  return log;
}

/** Nothing waits in the stream after this: what is written is taken in the call that writes it. */
function takeWrites(stream: Writable, take: (chunk: Uint8Array) => void): void {
  const takeOne = (chunk: unknown, encoding: BufferEncoding): void =>
    take(typeof chunk === "string" ? Buffer.from(chunk, encoding) : (chunk as Uint8Array));
  stream._write = (chunk, encoding, done) => {
    takeOne(chunk, encoding);
    done();
  };
  // Those that were held back by `cork`.
  stream._writev = (chunks, done) => {
    for (const { chunk, encoding } of chunks) takeOne(chunk, encoding);
    done();
  };
}
