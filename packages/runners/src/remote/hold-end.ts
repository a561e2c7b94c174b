import { type Link, LinkAround, type LinkReceiver } from "@berth/protocol";

type OnEnd = (error: Error | undefined) => void;

/**
 * The same link, whose end goes to `onEnd` alone. A link ends a moment before what is behind it is gone, and only then is it known
 * why: what is under way is to fail with that reason, not with the end of a conversation.
 */
export function holdEnd(link: Link, onEnd: OnEnd): Link {
  return new HeldEnd(link, onEnd);
}

class HeldEnd extends LinkAround {
  readonly #onEnd: OnEnd;

  constructor(link: Link, onEnd: OnEnd) {
    super(link);
    this.#onEnd = onEnd;
  }

  override open(receiver: LinkReceiver): void {
    super.open({
      onMessages: (messages, bytes) => receiver.onMessages(messages, bytes),
      onRefused: (message, error) => receiver.onRefused(message, error),
      onEnd: this.#onEnd,
    });
  }
}
