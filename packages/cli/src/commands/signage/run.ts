import { formatProblem } from "@berth/contract";
import { type LoadedSources, openSignage, selectSources, type Signage, type SignageEvent } from "@berth/signage";
import type { Host } from "@berth/host";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { StopSignals } from "../../stop-signals.ts";
import { LiveView } from "../../terminal/live-view.ts";
import { createTerminal, type Terminal } from "../../terminal/terminal.ts";
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
  const terminal = createTerminal({
    out: context.out,
    err: context.err,
    env: context.env,
    colour: flags.color === false ? false : undefined,
  });
  using signals = new StopSignals(context, () =>
    context.err.write("Stopping: letting runs finish. Press Ctrl-C again to hurry.\n"),
  );
  await using session = await openSession(context, flags, signals.stop);
  const { host, loaded } = session;
  showWarnings(context, loaded);
  const sources = selectSources(loaded, flags.source);
  await using signage = await openSignage({ host, loaded, sources, workingFolder: context.cwd, signal: signals.stop });
  if (flags.dryRun) return dryRun(context, terminal, signage, flags);
  const report = flags.json
    ? reportJson(context, host)
    : terminal.isInteractive
      ? reportLive(terminal, signage, host)
      : reportLines(terminal);
  let anyFailed = false;
  {
    using _reporting = report;
    using _listening = signage.onDidChange((event) => {
      if (event.kind === "finished" && event.run.outcome !== "success" && event.run.outcome !== "skipped")
        anyFailed = true;
      report.show(event);
    });
    await host.start(signals.stop);
    if (flags.once) await signage.runOnce({ stop: signals.stop, hurry: signals.hurry });
    else await signage.runOnSchedule({ stop: signals.stop, hurry: signals.hurry });
  }
  return signals.exitCode ?? (flags.once && anyFailed ? EXIT.failed : EXIT.ok);
}

interface Report extends Disposable {
  show(event: SignageEvent): void;
}

/** One JSON document a line; `event` tells them apart. */
function reportJson({ out }: CommandContext, host: Host): Report {
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

/** The table, redrawn as things happen. */
function reportLive(terminal: Terminal, signage: Signage, host: Host): Report {
  const view = new LiveView(terminal, host.clock, () => sourceTable(terminal, signage.sources, host.clock.now()));
  return { show: () => view.refresh(), [Symbol.dispose]: () => view[Symbol.dispose]() };
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

function showWarnings({ err }: CommandContext, { warnings }: LoadedSources): void {
  for (const warning of warnings) err.write(`warning: ${formatProblem(warning)}\n`);
}
