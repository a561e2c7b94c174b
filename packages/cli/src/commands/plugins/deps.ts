import { neutraliseLine } from "@berth/base";
import { type GraphedPlugin, type GraphSurvey, type SurveyedNeed, surveyGraph } from "@berth/host/graph";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { type Terminal, terminalFor } from "../../terminal/terminal.ts";
import { problemJson } from "./check-deps.ts";
import { noSuchPlugin, openPlugins, type PluginsFlags } from "./session.ts";

/** `berth plugins deps [NAME]`: who is bound to whom, as a tree. */
export async function showDependencies(
  context: CommandContext,
  name: string | undefined,
  flags: PluginsFlags,
): Promise<number> {
  await using session = await openPlugins(context, flags);
  const survey = surveyGraph(session.survey, session.project.roots);
  const shown = name === undefined ? survey : only(survey, name);
  if (flags.json) context.out.write(`${JSON.stringify(toJson(shown))}\n`);
  else for (const line of lines(terminalFor(context, flags), survey, shown, name)) context.out.write(`${line}\n`);
  return EXIT.ok;
}

/** One plugin in all its versions; or what is wrong with it. */
function only({ plugins, problems }: GraphSurvey, name: string): GraphSurvey {
  const named = plugins.filter((one) => one.name === name || one.id === name || `${one.name}@${one.version}` === name);
  const wrong = problems.filter(({ plugin }) => plugin === name);
  if (named.length + wrong.length > 0) return { plugins: named, problems: wrong };
  throw noSuchPlugin(
    name,
    [...plugins, ...problems].map((one) => ("plugin" in one ? one.plugin : one.name)),
  );
}

function toJson({ plugins, problems }: GraphSurvey): object {
  return { version: 1, plugins, leftOut: problems.map(problemJson) };
}

function lines(terminal: Terminal, all: GraphSurvey, { plugins, problems }: GraphSurvey, name?: string): string[] {
  const byId = new Map(all.plugins.map((plugin) => [plugin.id, plugin]));
  // What others need stands below them.
  const tops = name === undefined ? plugins.filter(({ neededBy }) => neededBy.length === 0) : plugins;
  const told = new Set<string>();
  const tree = tops.flatMap((plugin) => [
    terminal.paint("bold", title(plugin)),
    ...branches(terminal, plugin, { byId, told, indent: "  " }),
    ...(name === undefined || plugin.neededBy.length === 0 ? [] : [`  needed by ${plugin.neededBy.join(", ")}`]),
  ]);
  const wrong = problems.map(({ message }) => terminal.paint("red", neutraliseLine(message)));
  if (tree.length + wrong.length === 0) return ["There are no plugins."];
  return tree.length > 0 && wrong.length > 0 ? [...tree, "", ...wrong] : [...tree, ...wrong];
}

interface Branch {
  byId: ReadonlyMap<string, GraphedPlugin>;
  /** Whose own needs were shown already. */
  told: Set<string>;
  indent: string;
}

function branches(terminal: Terminal, plugin: GraphedPlugin, { byId, told, indent }: Branch): string[] {
  const { requires, services, optional } = plugin;
  if (told.has(plugin.id)) return requires.length + services.length + optional.length > 0 ? [`${indent}…`] : [];
  told.add(plugin.id);
  const branch = (word: string, need: SurveyedNeed): string[] => {
    const provider = need.to === undefined ? undefined : byId.get(need.to);
    const asked = neutraliseLine(`${word} ${need.name}${need.range === undefined ? "" : ` ${need.range}`}`);
    const got = need.to === "host" ? "the host" : provider ? title(provider) : terminal.paint("yellow", "not there");
    const below = provider ? branches(terminal, provider, { byId, told, indent: `${indent}  ` }) : [];
    return [`${indent}${terminal.paint("dim", asked)} -> ${got}`, ...below];
  };
  return [
    ...requires.flatMap((need) => branch("requires", need)),
    ...services.flatMap((need) => branch("service", need)),
    ...optional.flatMap((need) => branch("optional", need)),
  ];
}

function title({ name, version }: GraphedPlugin): string {
  return neutraliseLine(`${name} ${version}`);
}
