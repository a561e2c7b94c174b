import { neutraliseLine } from "@berth/base";
import type { AlertView, PluginUsageView, UsageView } from "@berth/control";
import { formatDuration } from "../../../terminal/durations.ts";
import { bothEnds } from "../../../terminal/full-screen.ts";
import { type Cell, type Column, formatTable } from "../../../terminal/table.ts";
import type { Style, Terminal } from "../../../terminal/terminal.ts";
import { figure, mebibytes, NOTHING, percent, rate } from "./figures.ts";
import { sorted, type Sorting, SORTINGS } from "./sorting.ts";

/** How the picture is drawn. */
export interface PictureOptions {
  sorting: Sorting;
  version: string;
  pid: number;
  /** Lines there are; `Infinity` where all are wanted. */
  rows: number;
  /** Plugins that were scrolled past. */
  skipped: number;
  /** Whether keys can be pressed. */
  hasKeys: boolean;
}

const COLUMNS: readonly Column[] = [
  { title: "PLUGIN", minWidth: 8 },
  { title: "STATE" },
  { title: "TIER", dropOrder: 5 },
  { title: "CPU%", align: "right" },
  { title: "MEM", align: "right" },
  { title: "CALLS/S", align: "right" },
  { title: "ERR/S", align: "right" },
  { title: "P50", align: "right", dropOrder: 2 },
  { title: "P95", align: "right", dropOrder: 1 },
  { title: "P99", align: "right" },
  { title: "HNDL", align: "right", dropOrder: 0 },
  { title: "RST", align: "right", dropOrder: 4 },
  { title: "HEALTH", dropOrder: 6 },
  { title: "ALERTS", align: "right", dropOrder: 3 },
];

/** More are told by their number. */
const MOST_ALERTS = 4;
const SEVERITY: Readonly<Record<AlertView["severity"], Style>> = { info: "cyan", warning: "yellow", critical: "red" };
const HEALTH: Readonly<Record<PluginUsageView["health"], Style>> = {
  healthy: "green",
  degraded: "yellow",
  unhealthy: "red",
  unknown: "dim",
};

/** The picture of a moment: the host, its plugins, what is a problem; never more than the lines there are. */
export function picture(terminal: Terminal, usage: UsageView, options: PictureOptions): string[] {
  const above = headLines(terminal, usage, options);
  const below = [...alertLines(terminal, usage.alerts), ...(options.hasKeys ? ["", keyLine(terminal, options)] : [])];
  const table = tableLines(terminal, usage, options.sorting);
  const [heading = "", ...plugins] = table;
  const room = Math.max(1, options.rows - above.length - below.length - 1);
  const first = Math.min(options.skipped, Math.max(0, plugins.length - room));
  const shown = plugins.slice(first, first + room);
  const padding = options.hasKeys ? Array.from({ length: Math.max(0, room - shown.length) }, () => "") : [];
  return [...above, heading, ...shown, ...padding, ...below];
}

function headLines(terminal: Terminal, { host, plugins, alerts, at }: UsageView, options: PictureOptions) {
  const active = plugins.filter(({ state }) => state === "active").length;
  const failed = plugins.filter(({ state }) => state === "failed").length;
  const time = new Date(at).toTimeString().slice(0, 8);
  const name = `berth ${neutraliseLine(options.version, 40)}, pid ${options.pid}, up ${formatDuration(host.uptimeMs)}`;
  const delay = host.eventLoopDelayMs === null ? NOTHING : formatDuration(host.eventLoopDelayMs);
  const facts = [
    `plugins ${active} of ${plugins.length} active`,
    ...(failed > 0 ? [terminal.paint("red", `${failed} failed`)] : []),
    alerts.length === 0
      ? "no alerts"
      : terminal.paint("red", `${alerts.length} alert${alerts.length === 1 ? "" : "s"}`),
    `host CPU ${percent(host.cpuPercent)}%`,
    `memory ${mebibytes(host.memoryMb)}`,
    `loop delay ${delay}`,
  ];
  return [
    bothEnds(terminal.paint("bold", name), time, Number.isFinite(terminal.columns) ? terminal.columns : 100),
    facts.join("  "),
    "",
  ];
}

function tableLines(terminal: Terminal, { plugins, alerts }: UsageView, by: Sorting): string[] {
  const painted =
    (style: Style) =>
    (text: string): string =>
      terminal.paint(style, text);
  const rows = sorted(plugins, by).map((usage): Cell[] => {
    const own = alerts.filter(({ plugin }) => plugin === usage.plugin);
    const worst = own.some(({ severity }) => severity === "critical") ? "red" : "yellow";
    const rests = usage.state !== "active" && usage.state !== "failed";
    const cell = (text: string, style?: Style): Cell => {
      const chosen = style ?? (rests ? "dim" : undefined);
      return chosen === undefined ? { text } : { text, paint: painted(chosen) };
    };
    return [
      cell(usage.plugin),
      usage.state === "failed" ? cell(usage.state, "red") : cell(usage.state === "unloaded" ? "at rest" : usage.state),
      cell(usage.tier ?? NOTHING),
      cell(percent(usage.cpuPercent)),
      cell(mebibytes(usage.memoryMb)),
      cell(rate(usage.callsPerSecond)),
      cell(rate(usage.errorsPerSecond), (usage.errorsPerSecond ?? 0) > 0 ? "red" : undefined),
      cell(latency(usage.p50Ms)),
      cell(latency(usage.p95Ms)),
      cell(latency(usage.p99Ms)),
      cell(figure(usage.handles)),
      cell(String(usage.restarts), usage.restarts > 0 ? "yellow" : undefined),
      cell(usage.health, HEALTH[usage.health]),
      own.length === 0 ? cell(NOTHING) : cell(String(own.length), worst),
    ];
  });
  return formatTable(COLUMNS, rows, terminal.columns, (text) => terminal.paint("bold", text));
}

const latency = (ms: number | null): string => (ms === null ? NOTHING : formatDuration(ms));

function alertLines(terminal: Terminal, alerts: readonly AlertView[]): string[] {
  if (alerts.length === 0) return [];
  const worst = alerts.toSorted((a, b) => weight(b) - weight(a) || b.since - a.since);
  const lines = worst.slice(0, MOST_ALERTS).map(({ severity, message, since }) => {
    const text = `${severity} since ${new Date(since).toTimeString().slice(0, 8)}: ${message}`;
    return terminal.paint(
      SEVERITY[severity],
      neutraliseLine(text, Number.isFinite(terminal.columns) ? terminal.columns : 2_048),
    );
  });
  const more = alerts.length - lines.length;
  return ["", ...lines, ...(more > 0 ? [`and ${more} more`] : [])];
}

const weight = ({ severity }: AlertView): number => Object.keys(SEVERITY).indexOf(severity);

function keyLine(terminal: Terminal, { sorting }: PictureOptions): string {
  const keys = (Object.keys(SORTINGS) as Sorting[]).map((name) =>
    name === sorting ? terminal.paint("bold", `[${SORTINGS[name].key}] ${name}`) : `${SORTINGS[name].key} ${name}`,
  );
  const line = `sort: ${keys.join("  ")}`;
  return bothEnds(line, "j k scroll  q quit", Number.isFinite(terminal.columns) ? terminal.columns : 100);
}
