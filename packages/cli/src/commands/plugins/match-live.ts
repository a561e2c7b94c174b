import type { LivePlugin } from "@berth/control";
import { HostError } from "@berth/contract";
import type { PluginSurvey, SurveyedPlugin } from "@berth/host/grants";

/** The name of a plugin without the version by which a host knows those that run beside another. */
const nameOf = ({ name }: LivePlugin): string => name.split("@", 1)[0]!;

/** What a host runs of a plugin that lies there: of several versions the one in that folder; of one perhaps the version before. */
export function liveOf(
  { plugins }: Pick<PluginSurvey, "plugins">,
  running: readonly LivePlugin[],
  { plugin }: SurveyedPlugin,
): LivePlugin | undefined {
  const live = running.filter((one) => nameOf(one) === plugin.name);
  const isOneOfSeveral = plugins.filter((one) => one.plugin.name === plugin.name).length > 1;
  if (!isOneOfSeveral && live.length === 1) return live[0];
  return live.find(({ folder }) => folder === plugin.folder) ?? live.find(({ version }) => version === plugin.version);
}

/** What lies there of a plugin that runs, if anything does. */
export function surveyedOf({ plugins }: Pick<PluginSurvey, "plugins">, live: LivePlugin): SurveyedPlugin | undefined {
  return plugins.find((one) => liveOf({ plugins }, [live], one) === live);
}

/** Plugins that run from their copies: what they came from is not there any more, or cannot be read. */
export function withoutFolder(
  { plugins }: Pick<PluginSurvey, "plugins">,
  running: readonly LivePlugin[],
): readonly LivePlugin[] {
  const found = new Set(plugins.map((one) => liveOf({ plugins }, running, one)));
  return running.filter((live) => !found.has(live));
}

/** Why nothing can be said of it but that it runs. */
export function folderIsGone({ name, version, folder }: LivePlugin): HostError {
  return new HostError(
    "PLUGIN_NOT_FOUND",
    `Cannot look at plugin "${name}": ${folder}, which it came from, is gone or cannot be read; the host goes on with ${version}. Mend it, or stop it: \`berth plugins disable ${name}\``,
    { details: { plugin: name, folder } },
  );
}
