import type { Link, LinkReceiver, Message } from "../src/link.ts";

/** Hears what a link delivers. */
export class Recorder implements LinkReceiver {
  readonly messages: unknown[] = [];
  readonly batches: number[] = [];
  readonly refused: { message: Message; error: Error }[] = [];
  readonly #ended = Promise.withResolvers<Error | undefined>();
  #waiting: { count: number; resolve: () => void } | undefined;

  /** Settles with the link's end. */
  get ended(): Promise<Error | undefined> {
    return this.#ended.promise;
  }

  static on(link: Link): Recorder {
    const recorder = new Recorder();
    link.open(recorder);
    return recorder;
  }

  onMessages(messages: readonly unknown[]): void {
    this.batches.push(messages.length);
    this.messages.push(...messages);
    if (this.#waiting && this.messages.length >= this.#waiting.count) this.#waiting.resolve();
  }

  onRefused(message: Message, error: Error): void {
    this.refused.push({ message, error });
  }

  onEnd(error?: Error): void {
    this.#ended.resolve(error);
  }

  /** Resolves when so many messages have come. */
  async heard(count: number): Promise<unknown[]> {
    if (this.messages.length < count) {
      await new Promise<void>((resolve) => {
        this.#waiting = { count, resolve };
      });
    }
    return this.messages;
  }
}
