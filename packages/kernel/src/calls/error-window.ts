const PARTS = 10;

/**
 * How many of the last calls failed, over a window of time that slides in tenths. Counting is two additions: what is too old is
 * only looked for when a tenth is over.
 */
export class ErrorWindow {
  readonly #partMs: number;
  readonly #calls = new Float64Array(PARTS);
  readonly #failures = new Float64Array(PARTS);
  #at = 0;
  #endMs = -Infinity;
  #sumCalls = 0;
  #sumFailures = 0;

  constructor(windowMs: number) {
    this.#partMs = windowMs / PARTS;
  }

  get calls(): number {
    return this.#sumCalls;
  }

  get failures(): number {
    return this.#sumFailures;
  }

  /** @param nowMs by a clock that never goes back. */
  count(isFailure: boolean, nowMs: number): void {
    if (nowMs >= this.#endMs) this.#turn(nowMs);
    this.#calls[this.#at]!++;
    this.#sumCalls++;
    if (!isFailure) return;
    this.#failures[this.#at]!++;
    this.#sumFailures++;
  }

  clear(): void {
    this.#calls.fill(0);
    this.#failures.fill(0);
    this.#sumCalls = 0;
    this.#sumFailures = 0;
    this.#endMs = -Infinity;
  }

  #turn(nowMs: number): void {
    const passed = 1 + Math.floor((nowMs - this.#endMs) / this.#partMs);
    if (passed >= PARTS) {
      this.clear();
      this.#endMs = nowMs + this.#partMs;
      return;
    }
    for (let i = 0; i < passed; i++) {
      this.#at = (this.#at + 1) % PARTS;
      this.#sumCalls -= this.#calls[this.#at]!;
      this.#sumFailures -= this.#failures[this.#at]!;
      this.#calls[this.#at] = 0;
      this.#failures[this.#at] = 0;
    }
    this.#endMs += passed * this.#partMs;
  }
}
