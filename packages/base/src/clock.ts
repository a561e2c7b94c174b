import { Alarm } from "./alarm.ts";

/**
 * Where all time in Berth comes from, so that a test can stand still or jump.
 *
 * Two readings are kept apart: `now` follows the wall clock (and its corrections), `monotonicMs` only ever grows.
 * Durations are measured with `monotonicMs`, calendar work with `now`.
 */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z, as `Date.now()`. */
  now(): number;
  /** Milliseconds since an arbitrary start, never going back. */
  monotonicMs(): number;
  /** Calls `fire` once after `delayMs`. Disposing the result cancels it; disposing twice is harmless. */
  setTimer(fire: () => void, delayMs: number): Disposable;
  /**
   * Calls `fire` once when the wall clock shows `atMs`, closer to it than a timer; like one it may come a little early. A clock
   * may have none. `onNear` is called some milliseconds before, unless that is at once.
   */
  setAlarm?(fire: () => void, atMs: number, onNear?: () => void): Disposable;
}

/** Node's timers hold a signed 32-bit delay; a longer one fires at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** The clock of the machine. Timers keep the process alive, as whoever waits on them expects. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(fire, delayMs) {
    let timer: NodeJS.Timeout;
    const arm = (remainingMs: number): void => {
      const stepMs = Math.min(Math.max(remainingMs, 0), LONGEST_TIMER_MS);
      timer = setTimeout(() => (remainingMs > stepMs ? arm(remainingMs - stepMs) : fire()), stepMs);
    };
    arm(delayMs);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
  setAlarm: (fire, atMs, onNear) => new Alarm(systemClock, fire, atMs, onNear),
};

/**
 * Waits `delayMs` by `clock`.
 *
 * @throws the signal's reason as soon as `signal` aborts.
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      timer[Symbol.dispose]();
      reject(signal?.reason as Error);
    };
    const timer = clock.setTimer(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
