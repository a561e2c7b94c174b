/** Beyond, doubling says nothing any more. */
const MOST_DOUBLINGS = 30;

/** How long one plugin waits before it is started again: not at all at first, then up to twice as long each time (full jitter). */
export class RestartBackoff {
  #restarts = 0;
  #startedMs: number | undefined;

  /** It runs since then. */
  started(nowMs: number): void {
    this.#startedMs = nowMs;
  }

  /** @param chance from 0 to below 1. @returns ms; from the beginning again for one that ran for all of `periodMs`. */
  nextMs(
    nowMs: number,
    { backoffMs, maxBackoffMs, periodMs }: { backoffMs: number; maxBackoffMs: number; periodMs: number },
    chance: number,
  ): number {
    if (this.#startedMs !== undefined && nowMs - this.#startedMs >= periodMs) this.#restarts = 0;
    this.#startedMs = undefined;
    const before = this.#restarts++;
    if (before === 0) return 0;
    const longest = Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(before - 1, MOST_DOUBLINGS));
    return Math.floor(chance * (longest + 1));
  }
}
