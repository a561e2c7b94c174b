import type { TriggerSpec } from "./trigger.ts";

/** A job: when it runs, and what it does. */
export interface JobSpec {
  id: string;
  trigger: TriggerSpec;
  /** Does the work of one run. It should stop when `run.signal` fires. */
  work: (run: JobRun) => unknown;
  /** How late a slot may begin before it counts as late, because the machine slept or the clock was set. Default 60,000. */
  toleranceMs?: number | undefined;
  /** What becomes of late slots: the latest of them is run, or all are left out. Default `latest`. */
  catchUp?: "latest" | "skip" | undefined;
}

/** What caused a run. */
export type RunCause = "cron" | "interval" | "manual";

/** What the work is told of its run. */
export interface JobRun {
  /** Fires when the loop stops and has waited long enough. */
  readonly signal: AbortSignal;
  /** The instant it was scheduled for, milliseconds since 1970; that of the order for a manual run. */
  readonly slot: number;
  readonly trigger: RunCause;
}

/** How a run ended. */
export interface RunReport {
  id: string;
  slot: number;
  trigger: RunCause;
  /** `skipped`: the work was not begun, since the slot was claimed elsewhere or the loop stopped or paused before. */
  outcome: "done" | "failed" | "skipped";
  /** Milliseconds since 1970. */
  startedAt: number;
  durationMs: number;
  /** What the work threw. */
  error?: unknown;
}

/** What happens in a loop, for a live table or a log. */
export type JobEvent =
  | { kind: "scheduled"; id: string; slot: number }
  | { kind: "started"; id: string; slot: number; trigger: RunCause; lateMs: number }
  | { kind: "finished"; report: RunReport }
  /** Slots that were not run, from `slot` on; `count` ends at a thousand. */
  | { kind: "missed"; id: string; slot: number; count: number; reason: MissReason }
  /** A slot is run although its tolerance is over. */
  | { kind: "late"; id: string; slot: number; lateMs: number }
  /** The wall clock was set, or the machine slept. */
  | { kind: "clock-set"; byMs: number };

/** Why a slot was not run: its job had not ended, it was too late, another process had it, or the loop was paused or stopped. */
export type MissReason = "running" | "late" | "claimed" | "paused" | "stopped";
