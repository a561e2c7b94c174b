import type { Clock } from "@berth/base";

/** Unique among endpoints and restarts well enough to find log lines by; no secret. */
export function correlationIds(clock: Clock): () => string {
  const prefix = `${Math.floor(clock.now()).toString(36)}${Math.random().toString(36).slice(2, 8)}`;
  let made = 0;
  return () => `${prefix}-${(++made).toString(36)}`;
}
