import { neutraliseLine } from "@berth/base";
import type { FoundHost, HostStatus, LivePlugin, ResultOf } from "@berth/control";
import type { SurveyedPlugin } from "@berth/host/grants";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { type Cell, type Column, formatTable } from "../../terminal/table.ts";
import { type Terminal, terminalFor } from "../../terminal/terminal.ts";
import { adviceOn, GRANT_WORDS, sourceWord } from "./grant-words.ts";
import { lookForHost, reachHost } from "./live.ts";
import { liveWord, stuckNote } from "./live-words.ts";
import { liveOf, withoutFolder } from "./match-live.ts";
import { openPlugins, type PluginsFlags, type PluginsSession } from "./session.ts";
import { supervisionNote } from "./supervision-words.ts";

/** Options of `berth plugins list`. */
export interface ListFlags extends PluginsFlags {
  watch?: boolean;
}

/** Why the host does not have a plugin, by its name or its folder. */
type Trouble = ResultOf<"plugins.list">["troubles"][number];

/** What the disk says of the plugins, and the host that runs, if one does. */
export interface PluginPicture {
  session: Pick<PluginsSession, "survey">;
  host?: { status: HostStatus; plugins: readonly LivePlugin[]; troubles: readonly Trouble[] } | undefined;
}

const PLUGIN: Column = { title: "PLUGIN", minWidth: 8 };
const STATE: Column = { title: "STATE", minWidth: 6 };
const COLUMNS: readonly Column[] = [
  { title: "VERSION", dropOrder: 3 },
  { title: "TIER", dropOrder: 4 },
  { title: "TRUST", dropOrder: 2 },
  { title: "HAS", minWidth: 4 },
  { title: "SAID BY", dropOrder: 1 },
  { title: "NOTE", minWidth: 12 },
];

/** `berth plugins list`. */
export async function listPlugins(context: CommandContext, flags: ListFlags): Promise<number> {
  await using session = await openPlugins(context, flags);
  if (flags.watch) {
    const { watchPlugins } = await import("./watch-list.ts");
    return watchPlugins(context, session, await reachHost(context, session.project, "watch plugins"), flags);
  }
  using found = await lookForHost(context, session.project);
  const picture = await takePicture(session, found);
  if (flags.json) context.out.write(`${JSON.stringify(pictureJson(picture))}\n`);
  else for (const line of pictureLines(terminalFor(context, flags), picture)) context.out.write(`${line}\n`);
  return EXIT.ok;
}

/** How plugins stand just now. */
export async function takePicture(
  session: PluginPicture["session"],
  found: FoundHost | undefined,
  signal?: AbortSignal,
): Promise<PluginPicture> {
  if (!found) return { session };
  const { plugins, troubles } = await found.client.ask("plugins.list", {}, { signal });
  return { session, host: { status: found.status, plugins, troubles } };
}

export function pictureJson({ session: { survey }, host }: PluginPicture): object {
  const live = (one: SurveyedPlugin) => liveOf(survey, host?.plugins ?? [], one);
  return {
    version: 1,
    ...(host ? { host: { pid: host.status.pid, version: host.status.version, startedAt: host.status.startedAt } } : {}),
    plugins: survey.plugins.map((one) => ({
      name: one.plugin.name,
      version: one.plugin.version,
      folder: one.plugin.folder,
      tier: one.tier,
      trust: one.trust,
      enabled: live(one)?.enabled ?? one.isEnabled,
      grant: one.state,
      grantFrom: one.decision.source,
      ...(host ? { live: liveJson(live(one)) } : {}),
      ...(one.problem ? { problem: { code: one.problem.code, message: one.problem.message } } : {}),
    })),
    ...(host
      ? {
          withoutFolder: withoutFolder(survey, host.plugins).map((one) => ({
            name: one.name,
            folder: one.folder,
            live: liveJson(one),
          })),
        }
      : {}),
    unusable: unusable(survey),
  };
}

/** `null` when the host does not have it, as one that was put there later. */
function liveJson(live: LivePlugin | undefined): object | null {
  if (!live) return null;
  const { version, state, health, healthMessage, generation, calls, failure, stuck, supervision } = live;
  return {
    version,
    state,
    health,
    ...(healthMessage === undefined ? {} : { healthMessage }),
    generation: generation ?? null,
    calls,
    ...(stuck ? { stuck } : {}),
    ...(failure ? { failure } : {}),
    ...(supervision ? { supervision } : {}),
  };
}

function unusable({
  broken,
  duplicates,
  failedRoots,
}: PluginsSession["survey"]): { place: string; code: string; message: string }[] {
  return [
    ...broken.map(({ folder, error }) => ({ place: folder, code: error.code, message: error.message })),
    ...duplicates.map(({ refused, error }) => ({ place: refused.folder, code: error.code, message: error.message })),
    ...failedRoots.map(({ root, error }) => ({ place: root.path, code: error.code, message: error.message })),
  ];
}

export function pictureLines(terminal: Terminal, { session: { survey }, host }: PluginPicture): string[] {
  const columns = host ? [PLUGIN, STATE, ...COLUMNS] : [PLUGIN, ...COLUMNS];
  const rows = survey.plugins.map((plugin) =>
    row(terminal, plugin, host && { live: liveOf(survey, host.plugins, plugin), troubles: host.troubles }),
  );
  for (const live of host ? withoutFolder(survey, host.plugins) : []) rows.push(goneRow(terminal, live));
  const table = formatTable(columns, rows, terminal.columns, (title) => terminal.paint("dim", title));
  const troubles = [
    ...survey.broken.map(({ folder, error }) => `${error.message}; \`berth plugins validate ${folder}\` says what`),
    ...unusable({ ...survey, broken: [] }).map(({ message }) => message),
  ].map((text) => terminal.paint("red", neutraliseLine(text)));
  if (rows.length === 0) return ["There are no plugins.", ...troubles];
  return troubles.length === 0 ? table : [...table, "", ...troubles];
}

/** `host`: absent when none runs. */
function row(
  terminal: Terminal,
  surveyed: SurveyedPlugin,
  host: { live: LivePlugin | undefined; troubles: readonly Trouble[] } | undefined,
): Cell[] {
  const { plugin, tier, trust, state, isEnabled } = surveyed;
  const live = host?.live;
  const words = GRANT_WORDS[state];
  const stands = liveWord(live);
  const dim = (text: string): string => terminal.paint("dim", text);
  return [
    { text: plugin.name, paint: (text) => terminal.paint(isEnabled ? "bold" : "dim", text) },
    ...(host ? [{ text: stands.text, paint: (text: string) => terminal.paint(stands.style, text) }] : []),
    { text: live?.version ?? plugin.version },
    { text: tier },
    { text: trust },
    { text: words.text, paint: (text) => terminal.paint(words.style, text) },
    { text: sourceWord(surveyed), paint: dim },
    {
      text:
        supervisionNote(live?.supervision) ??
        live?.failure?.message ??
        live?.healthMessage ??
        (live && stuckNote(live)) ??
        (host && !live ? whyNotInIt(plugin, host.troubles) : undefined) ??
        adviceOn(surveyed),
      paint: dim,
    },
  ];
}

/** What the host says itself wins: it may have been started with other files. */
function whyNotInIt({ name, folder }: SurveyedPlugin["plugin"], troubles: readonly Trouble[]): string | undefined {
  const said = troubles.find((one) => one.plugin === folder) ?? troubles.find((one) => one.plugin === name);
  return said?.error.message;
}

function goneRow(terminal: Terminal, live: LivePlugin): Cell[] {
  const stands = liveWord(live);
  const note = "its folder is gone or cannot be read; it goes on from its copy";
  return [
    { text: live.name, paint: (text) => terminal.paint("bold", text) },
    { text: stands.text, paint: (text) => terminal.paint(stands.style, text) },
    { text: live.version },
    { text: "" },
    { text: live.trust },
    { text: "" },
    { text: "" },
    { text: note, paint: (text) => terminal.paint("yellow", text) },
  ];
}
