/** The states a plugin can be in. */
export const LIFECYCLE_STATES = ["unloaded", "loaded", "active", "stopping", "failed"] as const;

/** One of {@link LIFECYCLE_STATES}. */
export type LifecycleState = (typeof LIFECYCLE_STATES)[number];

/** The steps that move a plugin from state to state. */
export type LifecycleStep = "load" | "activate" | "stop" | "unload" | "fail" | "reset";

/**
 * The legal moves: from each state, which step leads where. What is not listed is illegal and throws `LIFECYCLE_MOVE_ILLEGAL`.
 *
 * `load` reads and opens the code; `activate` is initialize followed by start; `stop` drains and ends calls; `unload` cleans up
 * and drops the code; `fail` may strike whenever code is loaded; `reset` makes a failed plugin loadable again.
 */
export const LIFECYCLE_MOVES: Readonly<
  Record<LifecycleState, Readonly<Partial<Record<LifecycleStep, LifecycleState>>>>
> = {
  unloaded: { load: "loaded" },
  loaded: { activate: "active", unload: "unloaded", fail: "failed" },
  active: { stop: "stopping", fail: "failed" },
  stopping: { unload: "unloaded", fail: "failed" },
  failed: { reset: "unloaded" },
};

/** How well an active plugin is. */
export type Health = "healthy" | "degraded" | "unhealthy" | "unknown";

/** What a health check answers. `message` is for people, at most 1,000 characters. */
export interface HealthReport {
  health: Health;
  message?: string;
}
