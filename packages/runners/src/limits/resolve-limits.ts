import type { Limits } from "@berth/contract";

/** Limits with their defaults filled in; what has no default stays open. */
export type ResolvedLimits = Limits & Record<keyof typeof DEFAULT_LIMITS, number>;

/** What a plugin may use when nobody said otherwise. */
export const DEFAULT_LIMITS = {
  cpu_percent: 10,
  memory_mb: 256,
  disk_io_mb_per_sec: 50,
  network_connections: 10,
  file_handles: 256,
  disk_mb: 256,
  processes: 0,
  log_rate: 100,
  state_mb: 10,
  unresponsive_after_ms: 3_000, // what a person waits before thinking that it hangs
  kill_unresponsive_after_ms: 30_000, // long pauses of a garbage collector, and a slow machine, stay below it
} as const satisfies Limits;

/**
 * @example
 * resolveLimits({ memory_mb: 64 }).cpu_percent; // 10
 */
export function resolveLimits(limits: Limits): ResolvedLimits {
  const said = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)) as Limits;
  return { ...DEFAULT_LIMITS, ...said } as ResolvedLimits;
}
