import type { Limits } from "@berth/contract";
// By its own path: the list of its subject brings all that holds limits, to every start.
import { DEFAULT_LIMITS, resolveLimits } from "@berth/runners/limits/resolve";

/** What a plugin may use when nobody said otherwise, and at most when it was granted nothing. What is missing has no bound then. */
export const STANDARD_LIMITS = {
  ...DEFAULT_LIMITS,
  network_mb_per_sec: 50,
  store_mb: 10,
  response_mb: 10,
  concurrency: 100, // more than an application runs side by side, fewer than would exhaust a service
  start_timeout_ms: 30_000, // what users of such hosts expect; a plugin that needs longer says so in its manifest
} as const satisfies Limits;

/** With a figure for each of {@link STANDARD_LIMITS}. */
export type StandardLimits = Limits & Record<keyof typeof STANDARD_LIMITS, number>;

/** Limits with the usual ones where nothing was said; what has none stays open. */
export function withStandardLimits(limits: Limits): StandardLimits {
  return { ...STANDARD_LIMITS, ...resolveLimits(limits) } as StandardLimits;
}
