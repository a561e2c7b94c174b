import type { OutputStream } from "./terminal.ts";

/**
 * A stream whose text may go elsewhere for a while: a log line must not be written through a block that is drawn over itself on the
 * same screen.
 */
export class DivertibleStream implements OutputStream {
  readonly #stream: OutputStream;
  #diverted: ((text: string) => void) | undefined;

  constructor(stream: OutputStream) {
    this.#stream = stream;
  }

  get isTTY(): boolean {
    return this.#stream.isTTY === true;
  }

  get columns(): number {
    return this.#stream.columns ?? 80;
  }

  write(text: string): void {
    if (this.#diverted) this.#diverted(text);
    else this.#stream.write(text);
  }

  divert(to: (text: string) => void): Disposable {
    this.#diverted = to;
    return { [Symbol.dispose]: () => void (this.#diverted = undefined) };
  }
}
