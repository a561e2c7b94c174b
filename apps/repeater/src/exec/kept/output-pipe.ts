import { closeSync, constants, openSync, readSync } from "node:fs";
import { Socket } from "node:net";
import type { Clock } from "@berth/base";

/** Takes bytes; a promise asks for no more until it resolves. */
export type Take = (bytes: Uint8Array) => void | Promise<void>;

const PART_BYTES = 65_536;
/** More than a pipe holds. What a process that was left behind adds without a pause is not followed further. */
const MOST_LEFT_BYTES = 16 * 1_048_576;
const FIRST_LOOK_AGAIN_MS = 5;
const LAST_LOOK_AGAIN_MS = 1_000;

/**
 * The reading end of a named pipe.
 *
 * A short run costs nothing here until it is over: then everything it wrote is in the pipe, and is read without waiting. Only for a run
 * that takes its time is the pipe watched by the event loop.
 */
export class OutputPipe implements Disposable {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #fd: number;
  readonly #buffer = Buffer.allocUnsafeSlow(PART_BYTES);
  #take: Take = () => undefined;
  #onError: (error: unknown) => void = () => undefined;
  #taking: Promise<void> | undefined;
  #watcher: Socket | undefined;
  #lookAgain: Disposable | undefined;
  #isClosed = false;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
    this.#fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  }

  /** What comes from now on goes to `take`. `onError` hears when that failed; the rest is then dropped. */
  begin(take: Take, onError: (error: unknown) => void): void {
    this.#take = take;
    this.#onError = onError;
  }

  /** Reads as it comes, from now until {@link finish}. */
  watch(): void {
    this.#watch(FIRST_LOOK_AGAIN_MS);
  }

  /**
   * Reads what is left, after the command has ended; at once, unless somebody is slow to take it.
   *
   * @returns whether nobody holds the writing end any more. If somebody does, this pipe cannot serve another run.
   */
  finish(): boolean | Promise<boolean> {
    this.#unwatch();
    return this.#finish(MOST_LEFT_BYTES);
  }

  /** Reads on and drops what comes, so that a process left behind neither stops nor breaks; until all have closed it. */
  abandon(onEnd: () => void): void {
    this.begin(
      () => undefined,
      () => undefined,
    );
    this.#watch(FIRST_LOOK_AGAIN_MS);
    this.#watcher?.once("close", onEnd);
    this.#watcher?.unref();
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unwatch();
    closeSync(this.#fd);
  }

  #watch(lookAgainMs: number): void {
    if (this.#isClosed || this.#watcher) return;
    const buffer = this.#buffer;
    const callback = (length: number): boolean => {
      this.#give(new Uint8Array(buffer.subarray(0, length)));
      return this.#taking === undefined;
    };
    const fd = openSync(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
    const watcher = new Socket({ fd, writable: false, readable: true, onread: { buffer, callback } });
    this.#watcher = watcher;
    watcher.on("error", () => undefined); // the last look tells
    watcher.on("end", () => {
      if (this.#watcher !== watcher) return;
      this.#watcher = undefined;
      watcher.destroy();
      // The command closed its end. Something may open it again by its name in /proc; and some systems say so before it was opened.
      const laterMs = Math.min(2 * lookAgainMs, LAST_LOOK_AGAIN_MS);
      this.#lookAgain = this.#clock.setTimer(() => this.#watch(laterMs), lookAgainMs);
    });
    if (this.#taking) watcher.pause();
    else watcher.resume();
  }

  #unwatch(): void {
    this.#lookAgain?.[Symbol.dispose]();
    this.#lookAgain = undefined;
    const watcher = this.#watcher;
    this.#watcher = undefined;
    watcher?.destroy();
  }

  #finish(mostBytes: number): boolean | Promise<boolean> {
    for (let left = mostBytes; left > 0 && !this.#isClosed;) {
      if (this.#taking) return this.#taking.then(() => this.#finish(left));
      const bytes = this.#readNow();
      if (bytes === "end") return true;
      if (bytes === "later") return false;
      left -= bytes.length;
      this.#give(bytes);
    }
    return this.#taking ? this.#taking.then(() => false) : false;
  }

  #give(bytes: Uint8Array): void {
    try {
      const taken = this.#take(bytes);
      if (!(taken instanceof Promise)) return;
      this.#taking = taken
        .catch((error: unknown) => this.#fail(error))
        .then(() => {
          this.#taking = undefined;
          this.#watcher?.resume();
        });
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#take = () => undefined;
    this.#onError(error);
  }

  /** One read that never waits. */
  #readNow(): Uint8Array | "end" | "later" {
    try {
      const length = readSync(this.#fd, this.#buffer, 0, PART_BYTES, null);
      return length === 0 ? "end" : new Uint8Array(this.#buffer.subarray(0, length));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return "later";
      throw error;
    }
  }
}
