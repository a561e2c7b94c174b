import { type Clock, sleep } from "@berth/base";

/**
 * Resolves when the wall clock shows `at`, where many share one timer; or before, when `signal` aborts or another that waits for the
 * same time gives up. Whoever waits looks at the clock again.
 */
export type WakeAt = (at: number, signal: AbortSignal) => Promise<void>;

/** How {@link waitUntil} waits. */
export interface WaitOptions {
  wakeAt?: WakeAt | undefined;
  longestSleepMs?: number | undefined;
}

/** A machine that slept, or whose clock is set, is noticed within this. */
const LONGEST_SLEEP_MS = 10_000;

/** Waits until the wall clock shows `at`. @throws the signal's reason as soon as it aborts. */
export async function waitUntil(clock: Clock, at: number, signal: AbortSignal, options: WaitOptions): Promise<void> {
  const { wakeAt, longestSleepMs = LONGEST_SLEEP_MS } = options;
  for (let rest = at - clock.now(); rest > 0 && !signal.aborted; rest = at - clock.now()) {
    await (wakeAt ? wakeAt(at, signal) : sleep(clock, Math.min(rest, longestSleepMs), signal));
  }
  signal.throwIfAborted();
}
