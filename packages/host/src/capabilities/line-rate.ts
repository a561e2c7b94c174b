import type { Clock } from "@berth/base";

const WINDOW_MS = 1_000;

/** Lets so many lines a second pass, counts the others exactly, and says that number once a second. */
export class LineRate implements Disposable {
  readonly #perSecond: number;
  readonly #clock: Clock;
  readonly #report: (dropped: number) => void;
  #windowStartMs = -Infinity;
  #passed = 0;
  #dropped = 0;
  #timer: Disposable | undefined;

  constructor(perSecond: number, clock: Clock, report: (dropped: number) => void) {
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#report = report;
  }

  /** Whether one more line may pass. */
  take(): boolean {
    const now = this.#clock.monotonicMs();
    if (now - this.#windowStartMs >= WINDOW_MS) {
      this.#windowStartMs = now;
      this.#passed = 0;
    }
    if (this.#passed < this.#perSecond) {
      this.#passed++;
      return true;
    }
    this.#dropped++;
    this.#timer ??= this.#clock.setTimer(() => this.#tell(), this.#windowStartMs + WINDOW_MS - now);
    return false;
  }

  #tell(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const dropped = this.#dropped;
    this.#dropped = 0;
    if (dropped > 0) this.#report(dropped);
  }

  [Symbol.dispose](): void {
    this.#tell();
  }
}
