import { formatProblem } from "@berth/contract";
import { openSignage, selectSources, type Signage, type SignageEvent } from "@berth/signage";
import type { Host } from "@berth/host";
import type { CommandContext } from "../../command-context.ts";
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
  if (flags.migrate)
    return (await import("./migrate.ts")).migrateSignage(context, { config: flags.config, envFile: ".env" });
  if (flags.validate) return (await import("./validate.ts")).validateSignage(context, flags);
  const err = new DivertibleStream(context.err);
  const own = { ...context, err };
  const terminal = terminalFor(own, flags);
  using signals = new StopSignals(own, () =>
    err.write("Stopping: letting runs finish. Press Ctrl-C again to hurry.\n"),
  );
  await using session = await openSession(own, flags, signals.stop);
  const { host, loaded } = session;
  for (const warning of loaded.warnings) err.write(`warning: ${formatProblem(warning)}\n`);
  const sources = selectSources(loaded, flags.source);
  await using signage = await openSignage({ host, loaded, sources, workingFolder: context.cwd, signal: signals.stop });
  if (flags.dryRun) return dryRun(own, terminal, signage, flags);
  const anyFailed = await runWithReport(host, signage, reportFor(terminal, err, signage, host, flags), signals, flags);
  return signals.exitCode ?? (flags.once && anyFailed ? EXIT.failed : EXIT.ok);
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
  await (once ? signage.runOnce({ stop, hurry }) : signage.runOnSchedule({ stop, hurry }));
  return anyFailed;
}

function reportFor(
  terminal: Terminal,
  err: DivertibleStream,
  signage: Signage,
  host: Host,
  { json }: RunFlags,
): Report {
  if (json) return reportJson(terminal, host);
  return terminal.isInteractive ? reportLive(terminal, err, signage, host) : reportLines(terminal);
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
function reportLive(terminal: Terminal, err: DivertibleStream, signage: Signage, host: Host): Report {
  const view = new LiveView(terminal, host.clock, () => sourceTable(terminal, signage.sources, host.clock.now()));
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
