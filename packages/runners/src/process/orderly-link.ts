import type { Link } from "@berth/protocol";
import type { Duplex } from "node:stream";

/** What a socket says whose other end a process held that has died. */
const OTHER_END_DIED: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE"]);

/**
 * The same link over `stream`, for which the death of the process behind it is an end in order: why the process died is known a moment
 * later and says more than what became of its socket.
 */
export function orderlyLink(link: Link, stream: Duplex): Link {
  return {
    send: (messages) => link.send(messages),
    open: (receiver) => {
      link.open({
        onMessages: (messages, bytes) => receiver.onMessages(messages, bytes),
        onRefused: (message, error) => receiver.onRefused(message, error),
        onEnd: (error) => receiver.onEnd(isDeath(error) ? undefined : error),
      });
      // The other end may have hung up before anybody listened, and does not do it twice.
      if (stream.destroyed || stream.readableEnded) queueMicrotask(() => link.close());
    },
    get bufferedBytes() {
      return link.bufferedBytes;
    },
    close: () => link.close(),
  };
}

/**
 * The same link over `stream`, for which each message is a line of its own, and never one of a list: a program without a library for
 * the protocol then needs to know no more than lines.
 */
export function lineByLine(link: Link, stream: Duplex): Link {
  return {
    open: (receiver) => link.open(receiver),
    send: (messages) => {
      // One system call for all.
      stream.cork();
      for (const message of messages) link.send([message]);
      stream.uncork();
    },
    get bufferedBytes() {
      return link.bufferedBytes;
    },
    close: () => link.close(),
  };
}

function isDeath(error: Error | undefined): boolean {
  return error !== undefined && "code" in error && OTHER_END_DIED.has(error.code);
}
