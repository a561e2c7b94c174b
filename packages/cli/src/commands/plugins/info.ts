import { neutraliseLine } from "@berth/base";
import { type HostError, isHostError } from "@berth/contract";
import type { FoundHost, PluginInfo } from "@berth/control";
import { dependentsOf } from "@berth/host";
import { providedBy } from "@berth/kernel/lifecycle";
import { limitText, pluginDigest, type SurveyedPlugin } from "@berth/host/grants";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { type Column, formatTable } from "../../terminal/table.ts";
import { type Terminal, terminalFor } from "../../terminal/terminal.ts";
import { adviceOn, GRANT_SENTENCES } from "./grant-words.ts";
import { keptVersions } from "./kept-versions.ts";
import { type LimitRow, limitRows } from "./limit-rows.ts";
import { logLevelText } from "./logs/log-level.ts";
import { lookForHost } from "./live.ts";
import { liveWord, stuckNote } from "./live-words.ts";
import { folderIsGone, surveyedOf } from "./match-live.ts";
import { generationLines } from "./rollback.ts";
import { supervisionText } from "./supervision-words.ts";
import { findPlugin, openPlugins, type PluginsFlags, type PluginsSession } from "./session.ts";

/** All there is to say of one plugin. */
interface Known {
  surveyed: SurveyedPlugin;
  digest: string;
  provides: readonly string[];
  dependents: readonly string[];
  limits: readonly LimitRow[];
  generations: NonNullable<PluginInfo["generations"]>;
  /** Absent when no host runs, or it does not have it. */
  live: PluginInfo | undefined;
  /** Why the host that runs does not have it. */
  notInHost?: HostError | undefined;
}

/** `berth plugins info NAME`. */
export async function showPlugin(context: CommandContext, name: string, flags: PluginsFlags): Promise<number> {
  await using session = await openPlugins(context, flags);
  using found = await lookForHost(context, session.project);
  const { live, refused } = await infoOf(found, name);
  const surveyed = live ? surveyedOf(session.survey, live.plugin) : findPlugin(session, name);
  if (live && !surveyed) throw folderIsGone(live.plugin);
  const known = await learn(session, surveyed!, live);
  if (found) known.notInHost = refused;
  if (flags.json) context.out.write(`${JSON.stringify(toJson(known))}\n`);
  else context.out.write(`${lines(terminalFor(context, flags), known, context.clock.now()).join("\n")}\n`);
  return EXIT.ok;
}

/** What the host says of it, or why it does not have it. */
async function infoOf(
  found: FoundHost | undefined,
  name: string,
): Promise<{ live?: PluginInfo | undefined; refused?: HostError }> {
  try {
    return { live: await found?.client.ask("plugins.info", { plugin: name }) };
  } catch (error) {
    // Not that it could not be asked.
    if (!isHostError(error) || error.code.startsWith("CONTROL_") || error.code.startsWith("CALL_")) throw error;
    return { refused: error };
  }
}

async function learn(
  { project, runners, storage, survey }: PluginsSession,
  surveyed: SurveyedPlugin,
  live: PluginInfo | undefined,
): Promise<Known> {
  const { name, folder, manifest } = surveyed.plugin;
  return {
    surveyed,
    digest: await pluginDigest({ folder, dataFolder: project.dataFolder }),
    provides: live?.provides ?? providedBy(manifest),
    dependents:
      live?.dependents ??
      dependentsOf(
        name,
        survey.plugins.map(({ plugin }) => plugin),
      ),
    limits: await limitRows(runners, surveyed),
    generations: live?.generations ?? keptVersions(storage, name),
    live,
  };
}

function toJson({ surveyed, live, limits, notInHost, ...known }: Known): object {
  const { plugin, tier, trust, isEnabled, state, decision } = surveyed;
  const problem = surveyed.problem ?? notInHost;
  const { name, version, folder, manifest } = plugin;
  return {
    version: 1,
    plugin: {
      name,
      version,
      ...(manifest.plugin.description === undefined ? {} : { description: manifest.plugin.description }),
      folder,
      tier,
      trust,
      enabled: live?.plugin.enabled ?? isEnabled,
      criticality: manifest.plugin.criticality,
      load: manifest.runtime.load,
    },
    grant: { state, from: decision.source },
    ...(problem ? { problem: { code: problem.code, message: problem.message } } : {}),
    dependencies: manifest.dependencies,
    ...known,
    limits: limits.map((limit) => {
      const hit = live?.limitHits.find((one) => one.limit === limit.limit);
      return { ...limit, ...(hit ? { hits: hit.hits, lastUsed: hit.used } : {}) };
    }),
    live: live ? { ...live.plugin, ...(live.log ? { log: live.log } : {}) } : null,
  };
}

function lines(terminal: Terminal, known: Known, nowMs: number): string[] {
  const { surveyed, digest, provides, dependents, limits, generations, live, notInHost } = known;
  const { plugin, tier, trust, state } = surveyed;
  const problem = surveyed.problem ?? notInHost;
  const { manifest, folder } = plugin;
  const advice = adviceOn(surveyed);
  const facts: [string, string][] = [
    ["Folder", folder],
    ["Digest", digest],
    ["Runs in", `tier ${tier}, ${trust}`],
    [
      "State",
      live
        ? liveText(live)
        : notInHost
          ? "not in the host that runs"
          : `no host runs here${surveyed.isEnabled ? "" : `; ${advice}`}`,
    ],
    ...(live ? [["Restarts", supervisionText(live.plugin.supervision, nowMs)] as [string, string]] : []),
    ...(live?.log ? [["Logs", logLevelText(live.log, nowMs)] as [string, string]] : []),
    ["Grant", `${GRANT_SENTENCES[state]}: berth plugins permissions ${plugin.name}`],
    ["Starts", startText(surveyed)],
    ["Provides", provides.join(", ") || "nothing"],
    ["Needs", needsText(manifest.dependencies)],
    ["Needed by", dependents.join(", ") || "no other plugin"],
  ];
  const { description } = manifest.plugin;
  return [
    `${terminal.paint("bold", plugin.name)} ${neutraliseLine(live?.plugin.version ?? plugin.version)}${description ? `, ${neutraliseLine(description)}` : ""}`,
    ...(live?.plugin.failure ? [terminal.paint("red", neutraliseLine(live.plugin.failure.message))] : []),
    ...(problem ? [terminal.paint("red", neutraliseLine(problem.message))] : []),
    ...(live && stuckNote(live.plugin) ? [terminal.paint("yellow", stuckNote(live.plugin)!)] : []),
    "",
    ...facts.map(([name, text]) => `${terminal.paint("dim", name.padEnd(11))}${neutraliseLine(text)}`),
    "",
    ...limitLines(terminal, limits, live),
    "",
    ...generationLines(terminal, generations, nowMs),
  ];
}

function liveText({ plugin }: PluginInfo): string {
  const { generation, calls, healthMessage, health } = plugin;
  const { text } = liveWord(plugin);
  if (generation === undefined) return text;
  const why = healthMessage === undefined ? "" : `: ${healthMessage}`;
  return `${text} (${health}${why}), generation ${generation}, ${calls === 1 ? "one call" : `${calls} calls`} under way`;
}

function startText({ plugin: { manifest } }: SurveyedPlugin): string {
  const { runtime, plugin } = manifest;
  if (plugin.criticality === "required") return "with the host, which does not run without it";
  return runtime.load === "eager" ? "with the host" : "when it is first used";
}

function needsText({
  host,
  node,
  requires,
  optional,
  conflicts,
  services,
}: SurveyedPlugin["plugin"]["manifest"]["dependencies"]): string {
  const ranges = (what: Readonly<Record<string, string>> | undefined, word: string): string[] =>
    Object.entries(what ?? {}).map(([name, range]) => `${word}${name} ${range}`);
  const all = [
    ...(host === undefined ? [] : [`Berth ${host}`]),
    ...(node === undefined ? [] : [`Node.js ${node}`]),
    ...ranges(requires, ""),
    ...ranges(optional, "perhaps "),
    ...ranges(conflicts, "not "),
    ...(services ?? []).map((service) => `service ${service}`),
  ];
  return all.join(", ") || "nothing";
}

function limitLines(terminal: Terminal, limits: readonly LimitRow[], live: PluginInfo | undefined): string[] {
  if (limits.length === 0) return ["Nothing limits it."];
  const columns: Column[] = [
    { title: "LIMIT" },
    { title: "AT MOST", align: "right" },
    ...(live ? [{ title: "HIT", align: "right" } as const, { title: "LAST", align: "right" } as const] : []),
    { title: "HELD BY", minWidth: 12 },
  ];
  const rows = limits.map(({ limit, text, heldBy }) => {
    const hit = live?.limitHits.find((one) => one.limit === limit);
    return [
      { text: limit },
      { text },
      ...(live ? [{ text: hit ? String(hit.hits) : "" }, { text: hit ? limitText(limit, hit.used) : "" }] : []),
      { text: heldBy ?? "nothing here" },
    ];
  });
  return formatTable(columns, rows, terminal.columns, (title) => terminal.paint("dim", title));
}
