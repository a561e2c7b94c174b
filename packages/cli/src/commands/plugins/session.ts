import { nearest } from "@berth/base";
import { HostError } from "@berth/contract";
import { machineRunners } from "@berth/host/doctor";
import {
  type LookedAtStorage,
  lookAtStorage,
  type PluginSurvey,
  type SurveyedPlugin,
  surveyPlugins,
} from "@berth/host/grants";
import type { Runner } from "@berth/kernel/runner";
import type { CommandContext } from "../../command-context.ts";
import { type HostProject, readHostProject } from "../../host-project.ts";

/** Options that every `berth plugins` command takes. */
export interface PluginsFlags {
  config?: string;
  json?: boolean;
  color?: boolean;
}

/** What a command works with. Disposing it closes the database and whatever the runners opened to look at the machine. */
export interface PluginsSession extends AsyncDisposable {
  project: HostProject;
  /** What relative paths in manifests and grants are relative to. */
  workingFolder: string;
  storage: LookedAtStorage;
  runners: readonly Runner[];
  survey: PluginSurvey;
}

/** Reads `berth.yaml`, finds the plugins and looks at what was granted. Runs no plugin and writes nothing. */
export async function openPlugins(context: CommandContext, flags: PluginsFlags): Promise<PluginsSession> {
  const project = await readHostProject(context, flags.config);
  await using opened = new AsyncDisposableStack();
  const storage = opened.use(lookAtStorage(project.dataFolder, context.clock));
  const runners = openRunners(opened, project, context);
  const workingFolder = context.cwd;
  const tiers = runners.map(({ tier }) => tier);
  const survey = await surveyPlugins({ ...project, workingFolder, storage, tiers, clock: context.clock });
  const owned = opened.move();
  return { project, workingFolder, storage, runners, survey, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** The runners of a host for this project, to be asked what they offer here. */
export function openRunners(
  owner: AsyncDisposableStack,
  { config }: HostProject,
  { clock }: CommandContext,
): readonly Runner[] {
  const runners = machineRunners(config, clock);
  owner.defer(async () => {
    for (const runner of runners) {
      await runner[Symbol.asyncDispose]?.();
      runner[Symbol.dispose]?.();
    }
  });
  return runners;
}

/** The plugin of that name, or `NAME@VERSION`. @throws HostError that names the nearest, or says what is wrong with the one of that name. */
export function findPlugin({ survey }: Pick<PluginsSession, "survey">, name: string): SurveyedPlugin {
  const found = survey.plugins.find(
    ({ plugin }) => plugin.name === name || `${plugin.name}@${plugin.version}` === name,
  );
  if (found) return found;
  const broken = survey.broken.find(({ folder }) => folder === name || folder.endsWith(`/${name}`));
  if (broken) throw broken.error;
  throw noSuchPlugin(name, namesOf(survey));
}

/** `PLUGIN_NOT_FOUND`, with what was meant. */
export function noSuchPlugin(name: string, names: readonly string[]): HostError {
  const meant = nearest(name, names);
  const hint = meant === undefined ? `there are ${names.join(", ") || "none"}` : `did you mean "${meant}"?`;
  return new HostError("PLUGIN_NOT_FOUND", `No plugin is named "${name}"; ${hint}`);
}

export function namesOf({ plugins }: PluginSurvey): string[] {
  return plugins.map(({ plugin }) => plugin.name);
}
