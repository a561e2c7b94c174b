import type { HealthView } from "@berth/control";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { readHostProject } from "../../host-project.ts";
import { runStoppable } from "../../stop-signals.ts";
import { terminalFor } from "../../terminal/terminal.ts";
import { healthLines, healthTable } from "../health/health-lines.ts";
import { reachHost } from "./live.ts";
import type { PluginsFlags } from "./session.ts";

/** `berth plugins health [NAME]`: 1 when one of them is unhealthy. One that is named is asked now. */
export async function showPluginHealth(
  context: CommandContext,
  name: string | undefined,
  flags: PluginsFlags,
): Promise<number> {
  const project = await readHostProject(context, flags.config);
  return runStoppable(context, async ({ stop }) => {
    using found = await reachHost(context, project, "ask how plugins are", stop);
    const asked = name === undefined ? {} : { plugin: name };
    const { results } = await found.client.ask("health.snapshot", asked, { signal: stop });
    const plugins = results.filter((result) => isMeant(result, name));
    const nowMs = context.clock.now();
    const terminal = terminalFor(context, flags);
    if (flags.json) context.out.write(`${JSON.stringify({ version: 1, plugins })}\n`);
    else {
      const lines =
        name === undefined
          ? healthTable(terminal, plugins, nowMs)
          : plugins.flatMap((result) => healthLines(terminal, result, nowMs));
      context.out.write(`${lines.join("\n")}\n`);
    }
    return plugins.some(({ health }) => health === "unhealthy") ? EXIT.failed : EXIT.ok;
  });
}

function isMeant(result: HealthView["results"][number], name: string | undefined): boolean {
  return name === undefined ? result.name.startsWith("plugin/") : result.name === `plugin/${name}`;
}
