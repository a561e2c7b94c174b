/** What is held in every tier whose plugins have an event loop of their own, which is asked whether it is there. */
export const HELD_BY_PULSE: Readonly<Record<string, string>> = {
  "limits.unresponsive_after_ms": "heartbeats over its channel",
  "limits.kill_unresponsive_after_ms": "heartbeats over its channel",
};
