import type { Link, LinkReceiver, Message } from "./link.ts";

/**
 * Another link with something of its own about it: who extends this changes what it must. It is a class for its getter: V8 keeps what an
 * object's own getter knows, with all that hangs on it, until a long collection of garbage.
 */
export class LinkAround implements Link {
  protected readonly inner: Link;

  constructor(inner: Link) {
    this.inner = inner;
  }

  get bufferedBytes(): number {
    return this.inner.bufferedBytes;
  }

  send(messages: readonly Message[]): void {
    this.inner.send(messages);
  }

  open(receiver: LinkReceiver): void {
    this.inner.open(receiver);
  }

  close(): void {
    this.inner.close();
  }
}
