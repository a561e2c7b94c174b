import type { LifecycleState, ResourceUsage, Tier } from "@berth/contract";
import type { CallLatency } from "@berth/kernel/usage";

/**
 * What one plugin uses, by the last look at it. `null` is what cannot be known: the tier does not tell it apart, nobody counts it, or there
 * was no look before to compare with. Counts are since the host began, over all generations.
 */
export interface PluginUsage extends ResourceUsage, CallLatency {
  plugin: string;
  version: string;
  state: LifecycleState;
  /** Of the generation that serves. */
  tier: Tier | null;
  generation: number | null;
  /** For how long that has served. */
  uptimeMs: number | null;
  /** Of one core, since the look before. */
  cpuPercent: number | null;
  /** Of its limit. */
  memoryPercent: number | null;
  /** Calls that have ended, and those of them that failed by the plugin's doing. */
  calls: number | null;
  errors: number | null;
  /** Calls under way. */
  inFlight: number;
  /** Since the look before. */
  callsLately: number | null;
  callsPerSecond: number | null;
  errorsPerSecond: number | null;
  /** Of the calls since the look before. */
  errorPercent: number | null;
  /** Open through the host's brokers; MiB that were sent, received, read and written through them. */
  connections: number;
  networkMb: number;
  fileMb: number;
  /** How often it became active again after it had failed. */
  restarts: number;
  limitHits: number;
}

/** What the process of the host uses, plugins in its own threads included. */
export interface HostUsage {
  cpuMs: number;
  cpuPercent: number | null;
  /** Resident, MiB. */
  memoryMb: number;
  heapMb: number;
  externalMb: number;
  handles: number;
  /** The 99th percentile and the longest since the look before; `null` while nobody measures. */
  eventLoopDelayMs: number | null;
  eventLoopDelayMaxMs: number | null;
  uptimeMs: number;
}

/** All of it, at one moment. */
export interface UsageSnapshot {
  /** Milliseconds since 1970. */
  at: number;
  host: HostUsage;
  plugins: readonly PluginUsage[];
}
