import { formatDuration } from "../flags/duration.ts";
import type { JobPhase, JobStatus } from "./job-status.ts";

const TITLES = ["JOB", "STATE", "LAST RUN", "NEXT RUN", "OK", "FAILED", "TOOK"];

/** Whom one looks for first. */
const ORDER: readonly JobPhase[] = ["broken", "running", "waiting", "stopped", "done"];

/** The jobs in lines that fit: where there are more than lines, those that run and those that are next. */
export function jobTable(
  jobs: readonly JobStatus[],
  now: number,
  { columns, rows }: { columns: number; rows: number },
): string[] {
  // Beside the rows: the heading, the totals, and the line on which the cursor stands.
  const room = Math.max(1, rows - 3);
  const shown = jobs.length <= room ? jobs : firstOf(jobs, room);
  const cells = [TITLES, ...shown.map((job) => cellsOf(job, now))];
  const widths = TITLES.map((_, at) => Math.max(...cells.map((row) => row[at]!.length)));
  const lines = cells.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join("  ")
      .trimEnd(),
  );
  return [...lines, totals(jobs, jobs.length - shown.length)].map((line) => line.slice(0, Math.max(1, columns - 1)));
}

function firstOf(jobs: readonly JobStatus[], count: number): JobStatus[] {
  const rank = ({ phase, nextAt = Infinity }: JobStatus): [number, number] => [ORDER.indexOf(phase), nextAt];
  const ranked = jobs.map((job) => ({ job, rank: rank(job) }));
  ranked.sort((a, b) => a.rank[0] - b.rank[0] || (a.rank[1] === b.rank[1] ? 0 : a.rank[1] - b.rank[1]));
  return ranked.slice(0, count).map(({ job }) => job);
}

function cellsOf({ name, phase, last, nextAt, counters }: JobStatus, now: number): string[] {
  const state = phase === "waiting" && last?.success === false ? "failed" : phase;
  return [
    name,
    state,
    last ? `${seconds(now - last.startedAt)} ago` : "-",
    phase === "running" ? "now" : nextAt === undefined ? "-" : `in ${seconds(nextAt - now)}`,
    String(counters.successes),
    String(counters.failures),
    last ? formatDuration(Math.round(last.durationMs)) : "-",
  ];
}

/** In whole seconds: the table is drawn each second. */
function seconds(ms: number): string {
  const whole = Math.round(Math.max(0, ms) / 1_000);
  return whole === 0 ? "0s" : formatDuration(whole * 1_000);
}

function totals(jobs: readonly JobStatus[], hidden: number): string {
  const count = (phase: JobPhase): number => jobs.filter((job) => job.phase === phase).length;
  const parts = ORDER.map((phase) => [count(phase), phase] as const).filter(([many]) => many > 0);
  const more = hidden > 0 ? `; ${hidden} more are not shown` : "";
  return `${jobs.length} ${jobs.length === 1 ? "job" : "jobs"}: ${parts.map(([many, phase]) => `${many} ${phase}`).join(", ")}${more}`;
}
