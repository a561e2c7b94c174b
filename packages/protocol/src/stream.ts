/**
 * A sequence of items each way, with credit: a writer that is ahead of the reader waits. An item is bytes, text or a JSON value; bytes
 * and text count with their length, other values with about that of their JSON.
 */
export interface Stream extends Disposable {
  readonly id: number;
  /** Resolves when the reader has room for more; rejects when the stream was reset. */
  write(item: unknown): Promise<void>;
  /** The next item, in order; `undefined` at the end. Rejects when the stream was reset. Taking it gives credit back. */
  read(): Promise<unknown>;
  /** No more items from this side. */
  end(): void;
  /** Ends both ways at once; the other side's reads and writes reject with the reason. */
  reset(reason: Error): void;
}
