import type { LimitEvent } from "@berth/kernel/runner";
import type { Cgroup } from "./cgroups.ts";
import type { RuntimeBaseline } from "./memory-plan.ts";
import type { ResolvedLimits } from "./resolve-limits.ts";

/** A tree of processes that the governor shall watch. */
export interface GovernedTarget {
  plugin: string;
  /** Root of the tree, a child of this process: the launcher where there is one. */
  pid: number;
  limits: ResolvedLimits;
  /** How many processes of the tree the runner itself needs (launcher and runtime); not counted as the plugin's. Default 1. */
  ownProcesses?: number;
  /** Share of one core until {@link GovernedProcess.started}, percent: a low one would make a slow start. Default `limits.cpu_percent`. */
  startCpuPercent?: number;
  /** What of the memory is the blank runtime's; without it all is charged to the plugin. */
  baseline?: RuntimeBaseline;
  /** Its size is held to `limits.disk_mb`. */
  dataFolder?: string;
  /** Holds memory and CPU in place of the governor, which then only tells what it did. */
  cgroup?: Cgroup;
  /** Hears of a limit once an episode: at its start, and every ten seconds while it lasts. */
  onLimit(event: LimitEvent): void;
  /** The governor ended the tree; `onLimit` has heard the figure. Told once. */
  onKilled(reason: KilledReason): void;
}

/** Why a plugin was ended. */
export interface KilledReason {
  /** Missing when the governor itself failed: a plugin that nobody governs is not left running. */
  event?: LimitEvent;
  /** A clause: `it used 300 MiB of memory, where 256 are allowed`. */
  message: string;
}

/** What a tree uses, by the last look at it. */
export interface ProcessUsage {
  /** CPU time since it is watched. */
  cpuMs: number;
  /** Above the baseline. */
  memoryMb: number;
  /** Read and written since it is watched. */
  diskIoMb: number;
  /** In the data folder; 0 until it was first measured. */
  diskMb: number;
  /** Beside the runner's own. */
  processes: number;
  /** Open in the process that has most of them; 0 until it was first looked at. */
  openFiles: number;
}

/** One tree under the governor. */
export interface GovernedProcess {
  /** Whether the governor has stopped it for a while: it cannot answer now, and is not hung. */
  readonly isPaused: boolean;
  /** For how long it was stopped in all, this time included; a deadline for an answer is moved on by its growth. */
  readonly pausedMs: number;
  readonly usage: ProcessUsage;
  /** The plugin is ready: from here on its share of CPU is `limits.cpu_percent`, in its control group too. */
  started(): void;
  /**
   * Ends the watch; call it when the process has exited, or to let it run on ungoverned: what is stopped is continued first.
   * Resolves to the limit that ended the plugin, if one did: the governor's own or the control group's. Idempotent.
   */
  release(): Promise<KilledReason | undefined>;
}
