import { constants, openSync } from "node:fs";
import { Socket } from "node:net";

/** Hears what a helper writes into a named pipe, each part in a buffer that is used again. Its end is the end of the helper's process. */
export function openAnswers(path: string, buffer: Buffer, hear: (length: number) => void): Socket {
  // A buffer of its own: all that a stream does beside is done between two runs, and would take longer than the answer.
  const callback = (length: number): boolean => {
    hear(length);
    return true;
  };
  // Open for writing too: it has no end while this host lives, whoever opens and closes it.
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const answers = new Socket({ fd, readable: true, writable: false, onread: { buffer, callback } });
  answers.on("error", () => undefined); // the end of the helper tells
  return answers.resume();
}
