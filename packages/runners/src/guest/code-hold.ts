/** What the word of a {@link CodeHold} says. */
const FREE = 0;
const HELD = 1;
/** Longer than any check may take; the host ends the thread before. */
const LIMIT_MS = 120_000;

/**
 * Keeps code from being loaded in a thread that gets ready for it meanwhile. The thread sleeps on a word that it shares with the host:
 * its event loop, which would have to be woken, has no part in it.
 */
export class CodeHold {
  readonly #word: Int32Array<SharedArrayBuffer>;

  /** @param shared of the thread, where that exists already. */
  constructor(shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.#word = new Int32Array(shared);
  }

  /** For the other side. */
  get shared(): SharedArrayBuffer {
    return this.#word.buffer;
  }

  get isOn(): boolean {
    return Atomics.load(this.#word, 0) === HELD;
  }

  /** Nothing is loaded from now on. */
  hold(): void {
    Atomics.store(this.#word, 0, HELD);
  }

  release(): void {
    Atomics.store(this.#word, 0, FREE);
    Atomics.notify(this.#word, 0);
  }

  /** In the thread: returns when nothing is held back any more. */
  pass(): void {
    if (Atomics.wait(this.#word, 0, HELD, LIMIT_MS) !== "timed-out") return;
    throw new Error(`The host did not say within ${LIMIT_MS / 1_000} s that it may be loaded`);
  }
}
