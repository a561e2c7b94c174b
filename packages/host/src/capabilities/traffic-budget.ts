import { type Clock, sleep } from "@berth/base";

/** Told when a plugin has to wait: how many bytes it may move in a second, and how many it was about to. */
export type OnSlowed = (allowedBytes: number, wantedBytes: number) => void;

/** What may pass at once after a silence: as much as in this time. With less, small plugins would be slowed down for nothing. */
const BURST_MS = 250;

/**
 * Bytes a second of one plugin, both directions together: sent and received, or read and written. Whoever moved bytes waits until they are paid for before it moves more, so
 * that the sender at the other end is held back too; those who wait go on in the order they came.
 */
export class TrafficBudget {
  readonly #bytesPerSecond: number;
  readonly #clock: Clock;
  readonly #onSlowed: OnSlowed;
  #bytes = 0;
  /** When all that was moved so far will be paid for. */
  #paidAtMs = -Infinity;

  constructor(bytesPerSecond: number, clock: Clock, onSlowed: OnSlowed = () => undefined) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#clock = clock;
    this.#onSlowed = onSlowed;
  }

  /** All that was moved so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Counts bytes that have moved; resolves when the next may. Rejects with the signal's reason. */
  async moved(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#bytes += bytes;
    const now = this.#clock.monotonicMs();
    const paidAtMs = Math.max(this.#paidAtMs, now - BURST_MS) + (bytes / this.#bytesPerSecond) * 1_000;
    this.#paidAtMs = paidAtMs;
    if (paidAtMs <= now) return;
    this.#onSlowed(this.#bytesPerSecond, this.#bytesPerSecond * (1 + (paidAtMs - now) / 1_000));
    await sleep(this.#clock, paidAtMs - now, signal);
  }
}
