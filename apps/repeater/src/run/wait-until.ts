import { type Clock, sleep } from "@berth/base";

/** A machine that slept, or whose clock is set, is noticed within this. */
const LONGEST_SLEEP_MS = 10_000;

/** Waits until the wall clock shows `at`. @throws the signal's reason as soon as it aborts. */
export async function waitUntil(
  clock: Clock,
  at: number,
  signal: AbortSignal,
  longestMs = LONGEST_SLEEP_MS,
): Promise<void> {
  for (let rest = at - clock.now(); rest > 0; rest = at - clock.now()) {
    await sleep(clock, Math.min(rest, longestMs), signal);
  }
  signal.throwIfAborted();
}
