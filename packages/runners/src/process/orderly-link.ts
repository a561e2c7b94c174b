import { type Link, LinkAround, type LinkReceiver, type Message } from "@berth/protocol";
import type { Duplex } from "node:stream";

/** What a socket says whose other end a process held that has died. */
const OTHER_END_DIED: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE"]);

/**
 * The same link over `stream`, for which the death of the process behind it is an end in order: why the process died is known a moment
 * later and says more than what became of its socket.
 */
export function orderlyLink(link: Link, stream: Duplex): Link {
  return new OrderlyLink(link, stream);
}

/**
 * The same link over `stream`, for which each message is a line of its own, and never one of a list: a program without a library for
 * the protocol then needs to know no more than lines.
 */
export function lineByLine(link: Link, stream: Duplex): Link {
  return new LineByLine(link, stream);
}

class OrderlyLink extends LinkAround {
  readonly #stream: Duplex;

  constructor(link: Link, stream: Duplex) {
    super(link);
    this.#stream = stream;
  }

  override open(receiver: LinkReceiver): void {
    super.open({
      onMessages: (messages, bytes) => receiver.onMessages(messages, bytes),
      onRefused: (message, error) => receiver.onRefused(message, error),
      onEnd: (error) => receiver.onEnd(isDeath(error) ? undefined : error),
    });
    // The other end may have hung up before anybody listened, and does not do it twice.
    if (this.#stream.destroyed || this.#stream.readableEnded) queueMicrotask(() => this.close());
  }
}

class LineByLine extends LinkAround {
  readonly #stream: Duplex;

  constructor(link: Link, stream: Duplex) {
    super(link);
    this.#stream = stream;
  }

  override send(messages: readonly Message[]): void {
    // One system call for all.
    this.#stream.cork();
    for (const message of messages) this.inner.send([message]);
    this.#stream.uncork();
  }
}

function isDeath(error: Error | undefined): boolean {
  return error !== undefined && "code" in error && OTHER_END_DIED.has(error.code);
}
