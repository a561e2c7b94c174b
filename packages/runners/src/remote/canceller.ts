import type { Clock } from "@berth/base";

/** What {@link Canceller} needs. */
export interface CancellerOptions {
  clock: Clock;
  graceMs: number;
  /** Whether somebody keeps the plugin from running; it cannot stop its work then. */
  isPaused(): boolean;
  /** `what` did not stop in time. */
  onOverrun(what: string): void;
}

/** A plugin that is held to a tenth of a core runs at one look in ten; after so many it has had its time. */
const MOST_LOOKS = 10;

/** Gives work that was cancelled its time to stop. */
export class Canceller {
  readonly #options: CancellerOptions;

  constructor(options: CancellerOptions) {
    this.#options = options;
  }

  /** Resolves when `stopped` does, which somebody is told about when that takes longer than the grace. */
  async wait(what: string, stopped: Promise<unknown>): Promise<void> {
    let looks = 0;
    const look = (): void => {
      if (++looks < MOST_LOOKS && this.#options.isPaused()) timer = arm();
      else this.#options.onOverrun(what);
    };
    const arm = (): Disposable => this.#options.clock.setTimer(look, this.#options.graceMs);
    let timer = arm();
    try {
      await stopped;
    } finally {
      timer[Symbol.dispose]();
    }
  }
}
