/** Where bytes are written. A promise asks to wait: the reader is slower than the writer. */
export interface ByteStream {
  write(bytes: Uint8Array): void | Promise<void>;
}

/**
 * A stream of the process. When its reader goes away (`EPIPE`), or nothing more can be written, `onGone` hears of it once, and what
 * would be written after that is dropped.
 */
export class ProcessStream implements ByteStream {
  readonly #stream: NodeJS.WriteStream;
  #isGone = false;
  readonly #givenUp = Promise.withResolvers<void>();
  #waiting: PromiseWithResolvers<void> | undefined;

  constructor(stream: NodeJS.WriteStream, onGone: (error: NodeJS.ErrnoException) => void) {
    this.#stream = stream;
    stream.on("drain", () => this.#resume());
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (this.#isGone) return;
      this.giveUp();
      onGone(error);
    });
  }

  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#isGone || this.#stream.write(bytes)) return;
    this.#waiting ??= Promise.withResolvers();
    return this.#waiting.promise;
  }

  /** Resolves when all that was written is with the system, or is given up. */
  async flush(): Promise<void> {
    if (this.#isGone || this.#stream.writableLength === 0) return;
    const written = new Promise<void>((resolve) => {
      this.#stream.write("", () => resolve());
    });
    await Promise.race([written, this.#givenUp.promise]);
  }

  /** Waits for its reader no more: what is not with the system yet is lost. */
  giveUp(): void {
    this.#isGone = true;
    this.#resume();
    this.#givenUp.resolve();
  }

  #resume(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }
}
