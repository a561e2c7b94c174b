import { type Link, LinkAround, type LinkReceiver } from "@berth/protocol";

/** What a link delivered, in the order it came. */
type Delivery = (receiver: LinkReceiver) => void;

/** A link whose receiver is known only when the first message has been read: it keeps what comes until then. */
export class LateLink extends LinkAround {
  readonly #kept: Delivery[] = [];
  #receiver: LinkReceiver | undefined;

  /** `onFirst` hears of the first message, which is delivered later all the same. */
  constructor(link: Link, onFirst: (message: unknown) => void) {
    super(link);
    let isFirst = true;
    link.open({
      onMessages: (messages, bytes) => {
        this.#deliver((receiver) => receiver.onMessages(messages, bytes));
        if (isFirst) onFirst(messages[0]);
        isFirst = false;
      },
      onRefused: (message, error) => this.#deliver((receiver) => receiver.onRefused(message, error)),
      onEnd: (error) => this.#deliver((receiver) => receiver.onEnd(error)),
    });
  }

  /** Delivers what was kept when whoever opens it is ready: a peer hears before it can be told who answers. */
  override open(receiver: LinkReceiver): void {
    queueMicrotask(() => {
      this.#receiver = receiver;
      for (const delivery of this.#kept.splice(0)) delivery(receiver);
    });
  }

  #deliver(delivery: Delivery): void {
    if (this.#receiver) delivery(this.#receiver);
    else this.#kept.push(delivery);
  }
}
