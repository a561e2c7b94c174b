import type { RequestOptions } from "@berth/protocol";

/** A request under way. One is made for each call, so it holds no promise unless somebody waits for what was given up. */
export class AskedRequest implements RequestOptions {
  readonly signal: AbortSignal;
  #hasEnded = false;
  #waiting: (() => void) | undefined;

  constructor(signal: AbortSignal) {
    this.signal = signal;
  }

  onLateAnswer(): void {
    this.#hasEnded = true;
    this.#waiting?.();
  }

  /** Once it was given up: resolves when the other side has ended it. */
  ended(): Promise<void> {
    return this.#hasEnded ? Promise.resolve() : new Promise((resolve) => (this.#waiting = resolve));
  }
}
