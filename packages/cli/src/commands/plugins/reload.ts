import { HostError } from "@berth/contract";
import type { ControlClient, ReloadView } from "@berth/control";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { readHostProject } from "../../host-project.ts";
import { runStoppable } from "../../stop-signals.ts";
import { type Terminal, terminalFor } from "../../terminal/terminal.ts";
import { followEvents } from "./follow-events.ts";
import { orderedBy, reachHost, RELOAD_LIMIT_MS } from "./live.ts";
import { isAsWanted, reloadLines } from "./reload-lines.ts";
import type { PluginsFlags } from "./session.ts";

/** Options of `berth plugins reload`. */
export interface ReloadFlags extends PluginsFlags {
  all?: boolean;
  watch?: boolean;
}

/** `berth plugins reload NAME|--all`: 1 when something is not the new version. */
export async function reloadPlugins(
  context: CommandContext,
  name: string | undefined,
  flags: ReloadFlags,
): Promise<number> {
  if ((name === undefined) === (flags.all !== true)) {
    throw new HostError("CONFIG_INVALID", "Name the plugin to be reloaded, or say --all, and not both");
  }
  const project = await readHostProject(context, flags.config);
  return runStoppable(context, async (signals) => {
    using found = await reachHost(context, project, `reload ${name ?? "plugins"}`, signals.stop);
    const reports = await ask(context, found.client, name, signals.stop);
    const terminal = terminalFor(context, flags);
    if (flags.json) {
      const json = name === undefined ? { version: 1, reports } : { version: 1, report: reports[0] };
      context.out.write(`${JSON.stringify(json)}\n`);
    } else {
      tell(context, terminal, reports);
    }
    if (flags.watch) {
      await followEvents(context, found.client, { plugin: name, signals, terminal, asJson: flags.json === true });
    }
    return reports.every(isAsWanted) ? EXIT.ok : EXIT.failed;
  });
}

function tell(context: CommandContext, terminal: Terminal, reports: readonly ReloadView[]): void {
  for (const report of reports) {
    const stream = isAsWanted(report) ? context.out : context.err;
    for (const line of reloadLines(terminal, report, "reload")) stream.write(`${line}\n`);
  }
  if (reports.length === 0) context.out.write("No plugin is loaded; there was nothing to reload.\n");
}

async function ask(
  context: CommandContext,
  client: ControlClient,
  plugin: string | undefined,
  signal: AbortSignal,
): Promise<ReloadView[]> {
  const options = { signal, limitMs: RELOAD_LIMIT_MS };
  const order = orderedBy(context);
  if (plugin === undefined) return (await client.ask("plugins.reload_all", order, options)).reports;
  return [await client.ask("plugins.reload", { ...order, plugin }, options)];
}
