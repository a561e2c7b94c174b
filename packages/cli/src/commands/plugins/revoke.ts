import { openGrantDesk, operatorName } from "@berth/host/grants";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { namesOf, noSuchPlugin, openPlugins, type PluginsFlags } from "./session.ts";

/** `berth plugins revoke NAME`; also for a plugin that is not there any more. */
export async function revokePlugin(context: CommandContext, name: string, flags: PluginsFlags): Promise<number> {
  await using session = await openPlugins(context, flags);
  const { project, survey, storage, workingFolder } = session;
  const wasGranted = storage.grants.load(name) !== undefined;
  const found = survey.plugins.find(({ plugin }) => plugin.name === name);
  if (!wasGranted && found === undefined) {
    throw noSuchPlugin(name, [...new Set([...namesOf(survey), ...storage.grants.list().map(({ plugin }) => plugin)])]);
  }
  if (wasGranted) {
    const { clock, env } = context;
    // Whoever closes last tidies up, which a connection for reading cannot.
    storage[Symbol.dispose]();
    await using own = openGrantDesk({ dataFolder: project.dataFolder, workingFolder, clock });
    await own.desk.revoke(name, operatorName(env));
  }
  const isFromConfig = found?.decision.source === "config";
  if (flags.json) context.out.write(`${JSON.stringify({ version: 1, plugin: name, revoked: wasGranted })}\n`);
  else context.out.write(`${sentence(name, wasGranted, isFromConfig)}\n`);
  return EXIT.ok;
}

function sentence(name: string, wasGranted: boolean, isFromConfig: boolean): string {
  const rest = isFromConfig ? ` What berth.yaml says under plugins.${name}.grant holds.` : "";
  if (!wasGranted) return `Nothing was granted to ${name} by command.${rest}`;
  return `Took back what was granted to ${name}. A host that runs does so when it loads the plugin next.${rest}`;
}
