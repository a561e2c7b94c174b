import { formatProblem, isHostError } from "@berth/contract";
import { openSignage, selectSources, type Signage, type SignageEvent } from "@berth/signage";
import type { Host } from "@berth/host";
import type { CommandContext } from "../../command-context.ts";
import { controlIfFree, makeHostHttp } from "../../control-host.ts";
import { EXIT } from "../../exit-codes.ts";
import { StopSignals } from "../../stop-signals.ts";
import { LiveView } from "../../terminal/live-view.ts";
import { DivertibleStream } from "../../terminal/divertible-stream.ts";
import { type Terminal, terminalFor } from "../../terminal/terminal.ts";
import { planLines, plannedRuns } from "./plan-lines.ts";
import { openSession, type SignageFlags } from "./session.ts";
import { runLine, sourceTable } from "./source-table.ts";

/** Options of `berth signage run`. */
export interface RunFlags extends SignageFlags {
  once?: boolean;
  source?: string[];
  dryRun?: boolean;
  migrate?: boolean;
  validate?: boolean;
}

/** `berth signage run`. */
export async function runSignage(context: CommandContext, flags: RunFlags): Promise<number> {
  if (flags.migrate) return (await import("./migrate.ts")).migrateSignage(context, { envFile: ".env", ...flags });
  if (flags.validate) return (await import("./validate.ts")).validateSignage(context, flags);
  const err = new DivertibleStream(context.err);
  const own = { ...context, err };
  const terminal = terminalFor(own, flags);
  using signals = new StopSignals(own, (signal) => {
    if (signal !== "SIGPIPE") err.write("Stopping: letting runs finish. Press Ctrl-C again to hurry.\n");
  });
  try {
    const exitCode = await runUntilStopped(own, terminal, signals, flags);
    return signals.exitCode ?? exitCode;
  } catch (error) {
    // Whatever a stop broke off on its way to the first run is as it should be.
    if (signals.exitCode !== undefined && isBrokenOff(error, signals)) return signals.exitCode;
    throw error;
  }
}

function isBrokenOff(error: unknown, { stop, hurry }: StopSignals): boolean {
  return error === stop.reason || error === hurry.reason || isHostError(error, "CALL_CANCELLED");
}

/** @returns the exit code, unless a signal decides it. */
async function runUntilStopped(
  context: CommandContext & { err: DivertibleStream },
  terminal: Terminal,
  signals: StopSignals,
  flags: RunFlags,
): Promise<number> {
  const { err, cwd } = context;
  const isForLooking = flags.dryRun === true;
  const runsOn = !isForLooking && flags.once !== true;
  await using http = runsOn ? await makeHostHttp() : undefined;
  await using session = await openSession(context, flags, {
    signal: signals.stop,
    hurry: signals.hurry,
    isForLooking,
    watch: runsOn,
  });
  const { host, loaded } = session;
  for (const warning of loaded.warnings) err.write(`warning: ${formatProblem(warning)}\n`);
  const sources = selectSources(loaded, flags.source);
  await using signage = await openSignage({ host, loaded, sources, workingFolder: cwd, signal: signals.stop });
  if (flags.dryRun) return dryRun(context, terminal, signage, flags);
  await http?.open(host, signals.stop);
  await using _control = runsOn ? await controlIfFree(host, context) : undefined;
  const report = reportFor(terminal, { err, signage, host, cwd }, flags);
  const anyFailed = await runWithReport(host, signage, report, signals, flags);
  return flags.once && anyFailed ? EXIT.failed : EXIT.ok;
}

/** @returns whether any run failed, or had to show older content. */
async function runWithReport(
  host: Host,
  signage: Signage,
  report: Report,
  { stop, hurry }: StopSignals,
  { once }: RunFlags,
): Promise<boolean> {
  let anyFailed = false;
  using _reporting = report;
  using _listening = signage.onDidChange((event) => {
    if (event.kind === "finished" && (event.run.outcome === "failed" || event.run.outcome === "cached"))
      anyFailed = true;
    report.show(event);
  });
  await host.start(stop);
  const { lost } = host.supervision;
  const end = { stop: AbortSignal.any([stop, lost]), hurry };
  await (once ? signage.runOnce(end) : signage.runOnSchedule(end));
  if (!stop.aborted) lost.throwIfAborted();
  return anyFailed;
}

/** What reports tell of. */
interface Reported {
  err: DivertibleStream;
  signage: Signage;
  host: Host;
  cwd: string;
}

function reportFor(terminal: Terminal, reported: Reported, { json }: RunFlags): Report {
  if (json) return reportJson(terminal, reported.host);
  return terminal.isInteractive ? reportLive(terminal, reported) : reportLines(terminal);
}

interface Report extends Disposable {
  show(event: SignageEvent): void;
}

/** One JSON document a line; `event` tells them apart. */
function reportJson({ out }: Terminal, host: Host): Report {
  return {
    show: (event) => {
      const line =
        event.kind === "finished"
          ? { event: "finished", ...event.run }
          : { ...event, event: event.kind, kind: undefined };
      out.write(`${host.masker.mask(JSON.stringify({ version: 1, ...line }))}\n`);
    },
    [Symbol.dispose]: () => undefined,
  };
}

/** The table, redrawn as things happen; log lines scroll away above it. */
function reportLive(terminal: Terminal, { err, signage, host: { clock }, cwd }: Reported): Report {
  const table = (): string[] => sourceTable(terminal, { sources: signage.sources, nowMs: clock.now(), cwd });
  const view = new LiveView(terminal, clock, table);
  const diverting = err.isTTY ? err.divert((text) => view.print(text)) : undefined;
  return {
    show: () => view.refresh(),
    [Symbol.dispose]: () => {
      diverting?.[Symbol.dispose]();
      view[Symbol.dispose]();
    },
  };
}

/** A line for each run that ended, for pipes and logs. */
function reportLines(terminal: Terminal): Report {
  return {
    show: (event) => {
      if (event.kind === "finished") terminal.out.write(`${runLine(terminal, event.run)}\n`);
      if (event.kind === "missed") terminal.err.write(`${event.id} missed its run: ${event.reason}\n`);
    },
    [Symbol.dispose]: () => undefined,
  };
}

function dryRun(context: CommandContext, terminal: Terminal, signage: Signage, flags: RunFlags): number {
  const planned = plannedRuns(signage, flags.once ? 1 : 3);
  if (flags.json) context.out.write(`${JSON.stringify({ version: 1, dryRun: true, sources: planned })}\n`);
  else
    context.out.write(
      `${["Nothing was fetched or written. It would run:", ...planLines(terminal, planned)].join("\n")}\n`,
    );
  return EXIT.ok;
}
