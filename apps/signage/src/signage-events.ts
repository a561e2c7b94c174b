import type { BreakerState } from "@berth/kernel/calls";
import type { SourceRun } from "./runs/source-run.ts";

/** What stays of a run that has ended. */
export interface EndedRun extends Pick<
  SourceRun,
  "outcome" | "completedAt" | "durationMs" | "dataPoints" | "pictures"
> {
  error?: { message: string };
}

/** A source as it stands. */
export interface SourceStatus {
  id: string;
  type: string;
  isRunning: boolean;
  /** The run that ended last, in this process or an earlier one; of the latter it is not known which files it wrote. */
  last?: EndedRun;
  /** Milliseconds since 1970; absent when it is not on a schedule now. */
  nextRunAt?: number;
  breaker: BreakerState;
  /** When the content that could stand in was fetched, milliseconds since 1970. */
  cachedAt?: number;
}

/** What happens while sources run. */
export type SignageEvent =
  | { kind: "started"; id: string; at: number }
  | { kind: "finished"; run: SourceRun }
  /** A scheduled run that was not made, and why. */
  | { kind: "missed"; id: string; slot: number; reason: string }
  | { kind: "scheduled"; id: string; at: number };
