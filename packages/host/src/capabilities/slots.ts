import { Places } from "@berth/base";
import { overLimit } from "./capability-errors.ts";

/** Beyond so many that wait, a plugin is not busy but running away. */
const MOST_WAITING = 1_000;

/** Work of one kind, so much at a time; the rest waits in order. */
export class Slots {
  readonly #name: string;
  readonly #places: Places;

  /** @param name what is counted, for messages: `requests`. */
  constructor(name: string, count: number) {
    this.#name = name;
    this.#places = new Places(count);
  }

  /** Waits for a slot and runs `work` in it. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#places.waiting >= MOST_WAITING) {
      throw overLimit(`Cannot take more ${this.#name}: ${MOST_WAITING} wait already`);
    }
    const leave = await this.#places.enter(signal);
    try {
      return await work();
    } finally {
      leave();
    }
  }
}
