import type { Clock } from "@berth/base";

/** A listener that fails at every event must not fill the log. */
const PAUSE_MS = 1_000;

/** Passes failures on to the log, at most one a second; of the others the next one tells how many they were. */
export class FailureNotes {
  readonly #clock: Clock;
  readonly #write: (message: string) => void;
  #nextMs = -Infinity;
  #untold = 0;

  constructor(clock: Clock, write: (message: string) => void) {
    this.#clock = clock;
    this.#write = write;
  }

  tell(message: string): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#nextMs) {
      this.#untold++;
      return;
    }
    this.#nextMs = nowMs + PAUSE_MS;
    this.#write(this.#untold > 0 ? `${message} (and ${this.#untold} more failures before)` : message);
    this.#untold = 0;
  }
}
