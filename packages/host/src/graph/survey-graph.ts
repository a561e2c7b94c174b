import type { Root } from "@berth/kernel/discovery";
import type { GraphFix, GraphProblem, UnusablePlugin } from "@berth/kernel/graph";
import type { PluginSurvey, SurveyedPlugin } from "../grants/survey.ts";
import { HOST_SERVICES } from "../services/host-services.ts";
import { byImportance, graphPlugin, layerOf } from "./host-graph-plugin.ts";
import { solveHostGraph } from "./solve-host-graph.ts";

/** What one plugin asks of another, and whom it got. */
export interface SurveyedNeed {
  /** The name of a plugin; of a service where there is no range. */
  name: string;
  /** The range that is asked. */
  range?: string;
  /** By its id; `host` for a service of the host itself; absent where an optional plugin is not there. */
  to?: string;
}

/** A version of a plugin that a host would use, and whom it would be bound to. */
export interface GraphedPlugin {
  id: string;
  name: string;
  version: string;
  folder: string;
  requires: readonly SurveyedNeed[];
  services: readonly SurveyedNeed[];
  optional: readonly SurveyedNeed[];
  /** Ids of those bound to it. */
  neededBy: readonly string[];
}

/** The graph of a host that was not started. */
export interface GraphSurvey {
  /** Providers first. */
  plugins: readonly GraphedPlugin[];
  problems: readonly GraphProblem[];
}

/** Solves the graph for what was found, as a host would, without one. */
export function surveyGraph({ plugins }: Pick<PluginSurvey, "plugins">, roots: readonly Root[]): GraphSurvey {
  const usable = plugins.filter((one) => unusable(one) === undefined);
  const sources = new Map(
    usable.map(({ plugin }) => [graphPlugin(plugin.manifest, plugin.id, layerOf(plugin, roots)), plugin]),
  );
  const { active, problems } = solveHostGraph({
    plugins: [...sources.keys()],
    wanted: byImportance(usable.map(({ plugin }) => plugin.manifest)),
    hostServices: HOST_SERVICES,
    unusable: new Map(
      plugins.flatMap((one) => {
        const why = unusable(one);
        return why ? [[one.plugin.name, why] as const] : [];
      }),
    ),
  });
  const ids = new Map(active.map(({ plugin, isDefault }) => [plugin, idOf(plugin, isDefault)]));
  const neededBy = new Map<string, string[]>();
  const graphed = active.map(({ plugin, requires, optional, services }) => {
    const { name, version, dependencies } = plugin;
    const id = ids.get(plugin)!;
    const bound = (asked: Readonly<Record<string, string>> = {}, to: readonly object[]): SurveyedNeed[] =>
      Object.entries(asked).map(([need, range]) => {
        const provider = [...ids].find(([one]) => one.name === need && to.includes(one))?.[1];
        return { name: need, range, ...(provider === undefined ? {} : { to: provider }) };
      });
    const graph = {
      requires: bound(dependencies.requires, requires),
      optional: bound(dependencies.optional, optional),
      services: (dependencies.services ?? []).map((service) => {
        const provider = services.get(service);
        return { name: service, to: provider === undefined ? "host" : ids.get(provider)! };
      }),
    };
    for (const { to } of [...graph.requires, ...graph.services, ...graph.optional]) {
      if (to !== undefined && to !== "host") neededBy.set(to, [...(neededBy.get(to) ?? []), id]);
    }
    return { id, name, version, folder: sources.get(plugin)!.folder, ...graph };
  });
  return {
    plugins: graphed.map((one) => ({ ...one, neededBy: [...new Set(neededBy.get(one.id))] })),
    problems,
  };
}

function idOf({ name, version }: { name: string; version: string }, isDefault: boolean): string {
  return isDefault ? name : `${name}@${version}`;
}

/** Why a host would leave it aside, for another reason than the graph's. One that waits for a grant is there. */
function unusable({ plugin: { name }, isEnabled, problem }: SurveyedPlugin): UnusablePlugin | undefined {
  if (!isEnabled) {
    const text = `Enable "${name}": \`berth plugins enable ${name}\`, or plugins.${name}.enabled in berth.yaml`;
    return { why: "is disabled", fix: { do: "enable", plugin: name, text } };
  }
  if (problem === undefined || problem.code === "GRANT_PENDING") return undefined;
  const fix: GraphFix = { do: "mend", plugin: name, text: `Mend what keeps "${name}" from being used` };
  return { why: `cannot be used: ${problem.message}`, fix };
}
