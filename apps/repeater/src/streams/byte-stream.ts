/** Where bytes are written. A promise asks to wait: the reader is slower than the writer. */
export interface ByteStream {
  write(bytes: Uint8Array): void | Promise<void>;
}

/** A stream of the process. When its reader goes away `onGone` hears of it once, and what would be written after that is dropped. */
export class ProcessStream implements ByteStream {
  readonly #stream: NodeJS.WriteStream;
  #isGone = false;
  #waiting: PromiseWithResolvers<void> | undefined;

  constructor(stream: NodeJS.WriteStream, onGone: () => void) {
    this.#stream = stream;
    stream.on("drain", () => this.#resume());
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      if (this.#isGone) return;
      this.#isGone = true;
      this.#resume();
      onGone();
    });
  }

  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#isGone || this.#stream.write(bytes)) return;
    this.#waiting ??= Promise.withResolvers();
    return this.#waiting.promise;
  }

  /** Resolves when all that was written is with the system. */
  async flush(): Promise<void> {
    if (this.#isGone || this.#stream.writableLength === 0) return;
    await new Promise<void>((resolve) => {
      this.#stream.write("", () => resolve());
    });
  }

  #resume(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }
}
