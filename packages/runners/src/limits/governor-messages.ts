import type { LimitEvent } from "@berth/kernel/runner";
import type { CgroupCounters, CgroupFiles } from "./cgroups.ts";
import type { KilledReason } from "./governed.ts";
import type { ResolvedLimits } from "./resolve-limits.ts";

/** A tree to watch, as it crosses to the governor's thread. */
export interface WatchSpec {
  pid: number;
  startTicks: number;
  limits: ResolvedLimits;
  ownProcesses: number;
  startCpuPercent: number | undefined;
  baselineMb: number;
  dataFolder: string | undefined;
  group: { files: CgroupFiles; before: CgroupCounters } | undefined;
  heldByGroup: readonly (keyof ResolvedLimits)[];
  cores: number;
  /** Of a {@link UsageBoard}. */
  board: SharedArrayBuffer;
}

/** What the host tells the governor's thread; `id` is of the host's choosing. */
export type GovernorRequest =
  | { type: "watch"; id: number; spec: WatchSpec }
  | { type: "started" | "release"; id: number }
  | { type: "close" };

/** What the thread tells back. */
export type GovernorReport =
  | { type: "ready" }
  | { type: "limit"; id: number; event: LimitEvent }
  | { type: "killed"; id: number; reason: KilledReason }
  | { type: "released"; id: number; reason: KilledReason | undefined };
