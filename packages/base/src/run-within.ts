import type { Clock } from "./clock.ts";

/** Options of {@link runWithin}. */
export interface WithinOptions {
  clock: Clock;
  limitMs: number;
  /** Aborts the work early, with this signal's reason. */
  signal?: AbortSignal | undefined;
  /** The error for running out of time. */
  onTimeout: () => Error;
}

/**
 * Runs `work` under a limit. Its signal fires when the time is over or the caller gives up, and the result settles at that
 * moment even if the work does not listen; a late result is dropped.
 */
export async function runWithin<T>(options: WithinOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  options.signal?.throwIfAborted();
  const controller = new AbortController();
  const giveUp = Promise.withResolvers<never>();
  const abort = (reason: unknown): void => {
    controller.abort(reason);
    giveUp.reject(reason);
  };
  const onCallerAbort = (): void => abort(options.signal?.reason);
  options.signal?.addEventListener("abort", onCallerAbort, { once: true });
  using _timer = options.clock.setTimer(() => abort(options.onTimeout()), options.limitMs);
  try {
    return await Promise.race([work(controller.signal), giveUp.promise]);
  } finally {
    options.signal?.removeEventListener("abort", onCallerAbort);
  }
}
