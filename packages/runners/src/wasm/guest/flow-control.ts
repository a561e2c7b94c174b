import { type Link, LinkAround, type LinkReceiver } from "@berth/protocol";

/** What may be on its way to the host: more is not said before the host has taken some of it. */
const MOST_UNDER_WAY_BYTES = 8 * 2 ** 20;

/** Of the counter: how many messages the host has taken, and whether the thread waits for more. */
const TAKEN = 0;
const IS_WAITING = 1;

/** How many messages the host has taken, in memory that both threads see. */
export function takenCounter(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** The thread's end: a message port holds any number of messages, in the memory of whoever reads too slowly. */
export class FlowControl {
  readonly #taken: Int32Array<SharedArrayBuffer>;
  readonly #underWay: { messages: number; bytes: number }[] = [];
  #underWayBytes = 0;
  #seen = 0;
  #credit = 0;

  constructor(taken: Int32Array<SharedArrayBuffer>) {
    this.#taken = taken;
  }

  sent(messages: number, bytes: number): void {
    this.#underWay.push({ messages, bytes });
    this.#underWayBytes += bytes;
  }

  /** One of those that were sent did not leave. */
  dropped(): void {
    this.#credit++;
  }

  /** Resolves when the host has taken enough of what was sent. */
  async room(): Promise<void> {
    for (;;) {
      const taken = this.#settle();
      if (this.#underWayBytes <= MOST_UNDER_WAY_BYTES) return;
      Atomics.store(this.#taken, IS_WAITING, 1);
      await Atomics.waitAsync(this.#taken, TAKEN, taken).value;
      Atomics.store(this.#taken, IS_WAITING, 0);
    }
  }

  #settle(): number {
    const taken = Atomics.load(this.#taken, TAKEN);
    // The counter goes round; what was added since the last look never does.
    this.#credit += (taken - this.#seen) | 0;
    this.#seen = taken;
    for (let first = this.#underWay[0]; first && first.messages <= this.#credit; first = this.#underWay[0]) {
      this.#credit -= first.messages;
      this.#underWayBytes -= first.bytes;
      this.#underWay.shift();
    }
    return taken;
  }
}

/** The host's end: `link`, whose messages are counted as taken when they were heard. */
export function countTaken(link: Link, taken: Int32Array<SharedArrayBuffer>): Link {
  return new CountingLink(link, taken);
}

class CountingLink extends LinkAround {
  readonly #taken: Int32Array<SharedArrayBuffer>;

  constructor(link: Link, taken: Int32Array<SharedArrayBuffer>) {
    super(link);
    this.#taken = taken;
  }

  override open(receiver: LinkReceiver): void {
    super.open({
      onMessages: (messages, bytes) => {
        receiver.onMessages(messages, bytes);
        Atomics.add(this.#taken, TAKEN, messages.length);
        if (Atomics.load(this.#taken, IS_WAITING) === 1) Atomics.notify(this.#taken, TAKEN);
      },
      onRefused: (message, error) => receiver.onRefused(message, error),
      onEnd: (error) => receiver.onEnd(error),
    });
  }
}
