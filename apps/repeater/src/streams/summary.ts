import { formatDuration } from "../flags/duration.ts";
import type { Counters } from "../run/counters.ts";
import type { RunRecord } from "../run/run-record.ts";
import type { StopReason } from "../run/stops.ts";

/** Why runs ended, in words. */
export const ENDED: Record<StopReason, string> = {
  schedule: "the schedule is over",
  times: "all runs are done",
  for: "the time is over",
  until: "the time has come",
  success: "a run succeeded",
  failures: "too many failures in a row",
  signal: "stopped",
  pipe: "nobody reads the output",
  failed: "it cannot go on",
};

/** The totals, for `--stats-only` and `--verbose`. */
export function summaryLines(counters: Counters, reason: StopReason, tookMs: number): string {
  const { runs, successes, failures, totalMs, shortestMs, longestMs } = counters;
  const lines = [
    `Ended: ${ENDED[reason]}`,
    "Statistics:",
    `  Total executions: ${runs}`,
    `  Successful: ${successes}`,
    `  Failed: ${failures}`,
    `  Duration: ${formatDuration(tookMs)}`,
  ];
  if (runs > 0) {
    const [mean, least, most] = [totalMs / runs, shortestMs, longestMs].map(formatDuration);
    if (Number.isFinite(shortestMs)) lines.push(`  Each run: ${mean} (${least} to ${most})`);
  }
  return `${lines.join("\n")}\n`;
}

/** One run in a sentence, for `--verbose`. */
export function runLine(record: RunRecord): string {
  const how = record.success ? "succeeded" : record.because === "stopped" ? "was stopped" : "failed";
  return `run ${record.run} ${how} in ${formatDuration(record.durationMs)}${reasonOf(record)}`;
}

function reasonOf({ because, exitCode, signal }: RunRecord): string {
  if (because === "timeout") return ": it took too long";
  if (because === "not-started" || because === "stopped") return "";
  const code = signal === null ? `exit code ${exitCode}` : `ended by ${signal}`;
  if (because === "exit-code") return exitCode === 0 ? "" : `: ${code}`;
  return `: its output matches the ${because.replace("-", " ")} (${code})`;
}
