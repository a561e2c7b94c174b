/**
 * A sequence of items each way, with credit: a writer that is ahead of the reader waits. An item is bytes, text or a JSON value. It
 * counts with its {@link itemSize}: about that of its JSON, bytes and text with their length and 8. Boundaries between items are kept,
 * so whoever pipes bytes cuts them to pieces of at most {@link MAX_ITEM_BYTES}; 64 KiB is a good size.
 */
export interface Stream extends Disposable {
  /** As its opener counts; what {@link Peer.acceptStream} takes on the other side. */
  readonly id: number;
  /**
   * Resolves when the reader has room for more; rejects when the stream was reset, or with `LIMIT_EXCEEDED` when the item is too big,
   * which leaves the stream as it was.
   */
  write(item: unknown): Promise<void>;
  /** The next item, in order; `undefined` at the end. Rejects when the stream was reset. Taking it gives credit back. */
  read(): Promise<unknown>;
  /** No more items from this side. */
  end(): void;
  /** Ends both ways at once; the other side's reads and writes reject with the reason. */
  reset(reason: Error): void;
  /** Resets it unless both sides have ended. */
  [Symbol.dispose](): void;
}

/** The largest item of a stream. */
export const MAX_ITEM_BYTES = 4 * 2 ** 20;
