import { neutraliseLine } from "@berth/base";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { readHostProject } from "../../host-project.ts";
import { runStoppable } from "../../stop-signals.ts";
import { orderedBy, reachHost, RELOAD_LIMIT_MS } from "./live.ts";
import type { PluginsFlags } from "./session.ts";

/** `berth plugins restart NAME`: also of one that was given up; what was stopped because of that is started with it. */
export async function restartPlugin(context: CommandContext, name: string, flags: PluginsFlags): Promise<number> {
  const project = await readHostProject(context, flags.config);
  return runStoppable(context, async ({ stop }) => {
    using found = await reachHost(context, project, `restart ${name}`, stop);
    const options = { signal: stop, limitMs: RELOAD_LIMIT_MS };
    const report = await found.client.ask("plugins.restart", { ...orderedBy(context), plugin: name }, options);
    const { plugin, version, generation, tookMs } = report;
    context.out.write(
      flags.json
        ? `${JSON.stringify({ version: 1, report })}\n`
        : `Restarted ${neutraliseLine(plugin)} ${neutraliseLine(version)}: generation ${generation} serves, after ${Math.round(tookMs)} ms.\n`,
    );
    return EXIT.ok;
  });
}
