import { relative } from "node:path";
import { neutraliseLine } from "@berth/base";
import type { SourceRun, SourceStatus } from "@berth/signage";
import { formatDuration } from "../../terminal/durations.ts";
import { type Cell, type Column, formatTable } from "../../terminal/table.ts";
import type { Style, Terminal } from "../../terminal/terminal.ts";

const COLUMNS: readonly Column[] = [
  { title: "SOURCE", minWidth: 8 },
  { title: "STATE" },
  { title: "LAST RUN", dropOrder: 4 },
  { title: "TOOK", align: "right", dropOrder: 3 },
  { title: "NEXT RUN", dropOrder: 5 },
  { title: "BREAKER", dropOrder: 2 },
  { title: "CACHE", align: "right", dropOrder: 1 },
  { title: "DETAIL", minWidth: 10 },
];

const OUTCOME_STYLES: Record<SourceRun["outcome"], Style> = {
  success: "green",
  failed: "red",
  skipped: "dim",
  cached: "yellow",
};

/** What the table is made of. */
export interface TableContents {
  sources: readonly SourceStatus[];
  nowMs: number;
  /** Pictures below it are named from there. */
  cwd: string;
}

/** The table of all sources as they stand now. */
export function sourceTable(terminal: Terminal, { sources, nowMs, cwd }: TableContents): string[] {
  const rows = sources.map((source) => row(terminal, source, { nowMs, cwd }));
  return formatTable(COLUMNS, rows, terminal.columns, (title) => terminal.paint("dim", title));
}

function row(terminal: Terminal, source: SourceStatus, { nowMs, cwd }: Pick<TableContents, "nowMs" | "cwd">): Cell[] {
  const { last } = source;
  const ago = (at: number): string => `${formatDuration(nowMs - at)} ago`;
  return [
    { text: source.id, paint: (text) => terminal.paint("bold", text) },
    state(terminal, source),
    { text: last ? ago(last.completedAt) : "–" },
    { text: last ? formatDuration(last.durationMs) : "–" },
    { text: nextRun(source, nowMs) },
    breaker(terminal, source, nowMs),
    { text: source.cachedAt === undefined ? "–" : formatDuration(nowMs - source.cachedAt) },
    { text: detail(source, cwd), paint: (text) => terminal.paint("dim", text) },
  ];
}

function state(terminal: Terminal, source: SourceStatus): Cell {
  if (source.isRunning) return { text: "running", paint: (text) => terminal.paint("cyan", text) };
  if (!source.last) return { text: "waiting", paint: (text) => terminal.paint("dim", text) };
  const { outcome } = source.last;
  return { text: outcome, paint: (text) => terminal.paint(OUTCOME_STYLES[outcome], text) };
}

function nextRun(source: SourceStatus, nowMs: number): string {
  if (source.nextRunAt === undefined) return "–";
  return source.nextRunAt <= nowMs ? "now" : `in ${formatDuration(source.nextRunAt - nowMs)}`;
}

function breaker(terminal: Terminal, { breaker }: SourceStatus, nowMs: number): Cell {
  if (breaker.state === "closed") return { text: "closed", paint: (text) => terminal.paint("dim", text) };
  const text = breaker.openUntil > nowMs ? `open ${formatDuration(breaker.openUntil - nowMs)}` : breaker.state;
  return { text, paint: (shown) => terminal.paint("yellow", shown) };
}

function detail({ last }: SourceStatus, cwd: string): string {
  if (!last) return "";
  if (last.error) return last.error.message;
  const [picture = ""] = last.pictures;
  const fromHere = relative(cwd, picture);
  return picture === "" || fromHere.startsWith("..") ? picture : fromHere;
}

/** One finished run as a line for logs and pipes. */
export function runLine(terminal: Terminal, run: SourceRun): string {
  const took = formatDuration(run.durationMs);
  const result = run.error ? `${run.error.code} ${run.error.message}` : run.pictures.join(" ");
  const outcome = terminal.paint(OUTCOME_STYLES[run.outcome], run.outcome);
  return (
    neutraliseLine(`${new Date(run.completedAt).toISOString()}  ${run.id}`) +
    `  ${outcome}  ${neutraliseLine(`${took}  ${result}`)}`.trimEnd()
  );
}
