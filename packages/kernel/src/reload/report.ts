import type { HostError } from "@berth/contract";

/** The steps of a reload, in order; each is a failpoint, `reload.STEP`. */
export const RELOAD_STEPS = [
  "detect",
  "read",
  "verify",
  "open",
  "handshake",
  "initialize",
  "hold",
  "handover",
  "health",
  "switch",
  "probation",
] as const;

/** One of {@link RELOAD_STEPS}. */
export type ReloadStep = (typeof RELOAD_STEPS)[number];

/** One version of a plugin as it ran. */
export interface GenerationSummary {
  /** Which load of this plugin in this host it was, from 1. */
  generation: number;
  version: string;
  /** Of its folder; absent where nobody asked. */
  digest?: string;
}

/** How a reload ended. */
export interface ReloadReport {
  plugin: string;
  /**
   * `reloaded`: the new version serves, on probation. `unchanged`: there was nothing new. `refused`: the version before goes on, it
   * never stopped. `rolled-back`: the new version served and failed its probation.
   */
  outcome: "reloaded" | "unchanged" | "refused" | "rolled-back";
  /** What serves now; absent when the plugin is not loaded. */
  serving?: GenerationSummary;
  /** What served before, or was refused. */
  other?: GenerationSummary;
  /** Where it failed, and why. */
  failed?: { step: ReloadStep; error: HostError };
  /** Dependents that were reloaded with it, in order. */
  dependents: readonly string[];
  /** From the beginning to the decision. */
  tookMs: number;
  /** How long calls were held. */
  heldMs: number;
  /** How much longer the new version may be put back; absent when it is on no probation, or that is over. */
  probationMs?: number;
}
