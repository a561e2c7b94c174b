import type { Clock } from "@berth/base";
import type { OpenRequest } from "@berth/kernel/runner";
import { readOutputMessage } from "../guest/output-messages.ts";
import { DEFAULT_LIMITS } from "../limits/resolve-limits.ts";

const WINDOW_MS = 1_000;
/** Two seconds of the guest's clock may fall into one of the host's, each with what is said of dropped lines, and its last words. */
const WINDOWS_IN_ONE = 2;
const SAID_OF_A_WINDOW = 5;

/** The lines of its output that are kept in a second. */
export function logRateOf({ limits }: Pick<OpenRequest, "limits">): number {
  return limits.log_rate ?? DEFAULT_LIMITS.log_rate;
}

/**
 * Takes what the guest in a thread tells of its plugin's output, which it has bounded. The plugin lives in that thread and may speak in
 * its guest's place, so what is more than a guest ever tells is counted and dropped.
 */
export class ToldOutput {
  readonly #clock: Clock;
  readonly #request: Pick<OpenRequest, "limits" | "onOutput" | "onLimit">;
  #windowEndsAt = -Infinity;
  #left = 0;
  #dropped = 0;

  constructor(clock: Clock, request: Pick<OpenRequest, "limits" | "onOutput" | "onLimit">) {
    this.#clock = clock;
    this.#request = request;
  }

  take(message: unknown): void {
    this.#turnWindow();
    if (this.#left === 0) {
      this.#dropped++;
      return;
    }
    const told = readOutputMessage(message);
    if (!told) return;
    this.#left--;
    if ("output" in told) this.#request.onOutput(told.output);
    else this.#tellLimit(told.outputUsed);
  }

  #turnWindow(): void {
    const now = this.#clock.monotonicMs();
    if (now < this.#windowEndsAt) return;
    this.#windowEndsAt = now + WINDOW_MS;
    this.#left = WINDOWS_IN_ONE * (logRateOf(this.#request) + SAID_OF_A_WINDOW);
    if (this.#dropped > 0) this.#tellLimit(logRateOf(this.#request) + this.#dropped);
    this.#dropped = 0;
  }

  #tellLimit(used: number): void {
    this.#request.onLimit({ limit: "log_rate", allowed: logRateOf(this.#request), used, action: "refused" });
  }
}
