import type { Stream } from "@berth/protocol";

/** What a {@link Subscription} hears with. */
export interface SubscriptionListener {
  /** What it returns holds back the next item. */
  hear(item: unknown): unknown;
  onError(error: unknown): void;
}

/** Items that the host sends for as long as this is not disposed, one after the other. */
export class Subscription implements Disposable {
  readonly #stream: Stream;
  #isOver = false;

  constructor(stream: Stream, listener: SubscriptionListener) {
    this.#stream = stream;
    // The stream ends by being reset, by this side or by the host.
    void this.#deliver(listener).catch(() => undefined);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#stream.reset(new Error("Nobody listens any more"));
  }

  async #deliver(listener: SubscriptionListener): Promise<void> {
    for (let item = await this.#stream.read(); item !== undefined; item = await this.#stream.read()) {
      if (this.#isOver) return;
      try {
        await listener.hear(item);
      } catch (error) {
        listener.onError(error);
      }
    }
  }
}
