import { sleep, systemClock } from "@berth/base";

/**
 * Waits, for a plugin that must leave a service or a counter alone for a moment. Rejects with the signal's reason as soon as it
 * fires, so hand it the call's.
 *
 * @example
 * await pause(200, call.signal);
 */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(systemClock, ms, signal);
}
