import { EXIT, SIGNAL_EXIT, type StopSignal } from "../context.ts";
import type { Counters } from "./counters.ts";
import type { LoopOutcome } from "./run-loop.ts";

/** Whether the next start begins anew. */
export function isComplete({ reason }: LoopOutcome): boolean {
  return reason !== "signal" && reason !== "pipe" && reason !== "failed";
}

/** What the shell is told of one series of runs. */
export function exitCode(
  { wantedSuccess, reachedSuccess, reason }: LoopOutcome,
  counters: Counters,
  signal: StopSignal | undefined,
): number {
  if (signal !== undefined && (reason === "signal" || reason === "pipe")) return SIGNAL_EXIT[signal];
  if (wantedSuccess) return reachedSuccess ? EXIT.ok : EXIT.failed;
  return counters.failures > 0 ? EXIT.failed : EXIT.ok;
}
