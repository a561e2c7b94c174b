import { isHostError } from "@berth/contract";
import type { CommandContext, StopSignal } from "./command-context.ts";
import { EXIT } from "./exit-codes.ts";

/** That nobody reads the output any more is what `head` is for, and no failure. */
const EXIT_CODES: Record<StopSignal, number> = {
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
  SIGPIPE: EXIT.ok,
};

/**
 * The usual meaning of Ctrl-C: the first signal asks for a stop after a drain, the second hurries, the third ends the process at
 * once. `exitCode` tells which came first, if any.
 */
export class StopSignals implements Disposable {
  readonly #stop = new AbortController();
  readonly #hurry = new AbortController();
  readonly #listening: Disposable;
  #exitCode: number | undefined;

  constructor(context: CommandContext, onFirst: (signal: StopSignal) => void = () => undefined) {
    this.#listening = context.onSignal((signal) => {
      // That nobody reads the output any more is told at each try to write.
      if (this.#stop.signal.aborted && signal === "SIGPIPE") return;
      if (this.#hurry.signal.aborted) {
        context.endNow?.(this.#exitCode ?? EXIT_CODES[signal]);
        return;
      }
      if (this.#stop.signal.aborted) {
        this.#hurry.abort(new Error(`a second ${signal}`));
        return;
      }
      this.#exitCode = EXIT_CODES[signal];
      this.#stop.abort(new Error(`stopped by ${signal}`));
      onFirst(signal);
    });
  }

  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  get hurry(): AbortSignal {
    return this.#hurry.signal;
  }

  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }
}

/** Does work that a signal may break off at any point; the exit code is then that of the signal, and otherwise the work's. */
export async function runStoppable(
  context: CommandContext,
  work: (signals: StopSignals) => Promise<number>,
  onFirst?: (signal: StopSignal) => void,
): Promise<number> {
  using signals = new StopSignals(context, onFirst);
  try {
    const exitCode = await work(signals);
    return signals.exitCode ?? exitCode;
  } catch (error) {
    const isBrokenOff = error === signals.stop.reason || isHostError(error, "CALL_CANCELLED");
    if (signals.exitCode !== undefined && isBrokenOff) return signals.exitCode;
    throw error;
  }
}
