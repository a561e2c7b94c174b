import type { Stream } from "@berth/protocol";

/** Most items that wait for a plugin that takes none. */
const MOST_WAITING = 1_000;

/**
 * Items on their way to a plugin, for as long as it keeps the stream open. A plugin that is too slow loses the newest ones; whoever
 * can hold items back does better by waiting for each offer.
 */
export class StreamQueue implements Disposable {
  readonly #stream: Stream;
  #owned: Disposable | undefined;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(stream: Stream) {
    this.#stream = stream;
    void this.#watch();
  }

  /** Resolves when there is room for more. Never rejects. */
  offer(item: unknown): Promise<void> {
    if (this.#isOver || this.#waiting >= MOST_WAITING) return this.#last;
    this.#waiting++;
    this.#last = this.#write(item);
    return this.#last;
  }

  /** What brings the items: it ends with the stream. */
  own(owned: Disposable): void {
    this.#owned = owned;
    if (this.#isOver) owned[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream.reset(new Error("There is nothing more to come"));
    this.#owned?.[Symbol.dispose]();
  }

  async #write(item: unknown): Promise<void> {
    try {
      await this.#stream.write(item);
    } catch {
      this[Symbol.dispose]();
    } finally {
      this.#waiting--;
    }
  }

  /** The plugin says nothing on it: whatever comes, an end or a reset, means that it wants no more. */
  async #watch(): Promise<void> {
    await this.#stream.read().catch(() => undefined);
    this[Symbol.dispose]();
  }
}
