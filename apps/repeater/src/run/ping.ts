import { errorMessage } from "@berth/base";
import type { RecordSink, RunRecord } from "./run-record.ts";

/** A service that takes longer has no use for the ping, and the end of `rpr` waits for it. */
const LIMIT_MS = 10_000;

/**
 * Asks a URL after each run that succeeded, beside the runs: at most one question is under way, and what comes meanwhile is one more
 * after it. That it could not be asked is said, and is no failure of a run.
 */
export class Ping implements RecordSink {
  readonly #url: string;
  readonly #warn: (sentence: string) => void;
  #asking: Promise<void> | undefined;
  #isWanted = false;

  constructor(url: string, warn: (sentence: string) => void) {
    this.#url = url;
    this.#warn = warn;
  }

  write({ success }: RunRecord): void {
    if (!success) return;
    this.#isWanted = true;
    this.#asking ??= this.#askWhileWanted().finally(() => {
      this.#asking = undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#asking;
  }

  async #askWhileWanted(): Promise<void> {
    while (this.#isWanted) {
      this.#isWanted = false;
      try {
        const answer = await fetch(this.#url, { signal: AbortSignal.timeout(LIMIT_MS) });
        await answer.body?.cancel();
        if (!answer.ok) this.#warn(`the ping was answered with ${answer.status}`);
      } catch (error) {
        this.#warn(`the ping failed: ${errorMessage((error as Error).cause ?? error)}`);
      }
    }
  }
}
