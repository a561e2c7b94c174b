import { overLimit } from "../capability-errors.ts";

/** Told of a connection that was refused. */
export type OnRefused = (allowed: number, wanted: number) => void;

/** More than so many waiting are a plugin that runs away. */
const MOST_WAITING = 1_000;

/**
 * The connections one plugin has open, by whatever means, counted exactly: a place is taken before a connection is begun and given
 * back when it is closed.
 */
export class ConnectionBudget {
  readonly #most: number;
  readonly #onRefused: OnRefused;
  readonly #waiting = new Set<() => void>();
  readonly #idle = new Set<() => boolean>();
  #open = 0;

  constructor(most: number, onRefused: OnRefused = () => undefined) {
    this.#most = most;
    this.#onRefused = onRefused;
  }

  /** How many are open, or being opened. */
  get open(): number {
    return this.#open;
  }

  /** Whether somebody waits for a place. */
  get isAwaited(): boolean {
    return this.#waiting.size > 0;
  }

  /**
   * A place for one connection; disposing it gives it back. A connection that is kept idle is closed to make room.
   *
   * @throws HostError `LIMIT_EXCEEDED` when all are in use; with `waits` it waits for one instead.
   */
  async take(signal: AbortSignal, { waits }: { waits: boolean }): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#open < this.#most && this.#waiting.size === 0) return this.#place();
    const isFreed = this.#most > 0 && this.#closeIdle();
    if (this.#most === 0 || (!waits && !isFreed) || this.#waiting.size >= MOST_WAITING) throw this.#refused();
    await this.#turn(signal);
    return this.#release(); // the place came from whoever gave it up
  }

  /** Adds a way to close one connection that nobody uses just now; it tells whether there was one. */
  addIdle(close: () => boolean): Disposable {
    this.#idle.add(close);
    return { [Symbol.dispose]: () => void this.#idle.delete(close) };
  }

  #closeIdle(): boolean {
    for (const close of this.#idle) if (close()) return true;
    return false;
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => {
      this.#waiting.delete(resolve);
      reject(signal.reason as Error);
    };
    this.#waiting.add(resolve);
    signal.addEventListener("abort", onAbort, { once: true });
    await promise.finally(() => signal.removeEventListener("abort", onAbort));
  }

  #place(): Disposable {
    this.#open++;
    return this.#release();
  }

  #release(): Disposable {
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        const [next] = this.#waiting;
        if (next === undefined) this.#open--;
        else {
          // It passes on without becoming free, so that nobody overtakes.
          this.#waiting.delete(next);
          next();
        }
      },
    };
  }

  #refused() {
    this.#onRefused(this.#most, this.#open + this.#waiting.size + 1);
    const held = this.#most === 0 ? "it may have none" : `${this.#most} are open`;
    return overLimit(`Cannot open a connection: ${held}`, "raise limits.network_connections if that is right");
  }
}
