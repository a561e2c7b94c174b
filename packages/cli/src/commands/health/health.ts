import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { readHostProject } from "../../host-project.ts";
import { runStoppable } from "../../stop-signals.ts";
import { terminalFor } from "../../terminal/terminal.ts";
import { reachHost } from "../plugins/live.ts";
import type { PluginsFlags } from "../plugins/session.ts";
import { healthTable, overallLines } from "./health-lines.ts";

/** Options of `berth health`. */
export interface HealthFlags extends PluginsFlags {
  tag?: string[];
  exclude?: string[];
}

/** `berth health`: 0 when the host serves and nothing that it needs is unhealthy, 1 otherwise. */
export async function showHealth(context: CommandContext, flags: HealthFlags): Promise<number> {
  const project = await readHostProject(context, flags.config);
  return runStoppable(context, async ({ stop }) => {
    using found = await reachHost(context, project, "ask how it is", stop);
    const asked = { tags: flags.tag ?? [], exclude: flags.exclude ?? [] };
    const view = await found.client.ask("health.snapshot", asked, { signal: stop });
    if (flags.json) context.out.write(`${JSON.stringify({ version: 1, ...view })}\n`);
    else {
      const terminal = terminalFor(context, flags);
      const lines = [...overallLines(terminal, view), "", ...healthTable(terminal, view.results, context.clock.now())];
      context.out.write(`${lines.join("\n")}\n`);
    }
    return view.isReady && view.health !== "unhealthy" ? EXIT.ok : EXIT.failed;
  });
}
