import { neutraliseLine } from "@berth/base";
import {
  differenceLines,
  learn,
  lessonToml,
  type PermissionUses,
  summarise,
  type SurveyedPlugin,
  usesOf,
} from "@berth/host/grants";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { formatDuration } from "../../terminal/durations.ts";
import { type Column, formatTable } from "../../terminal/table.ts";
import { type Terminal, terminalFor } from "../../terminal/terminal.ts";
import { type EntryRow, entryRows } from "./entry-rows.ts";
import { GRANT_SENTENCES, GRANT_WORDS, sourceWord } from "./grant-words.ts";
import { type LimitRow, limitRows } from "./limit-rows.ts";
import { findPlugin, openPlugins, type PluginsFlags, type PluginsSession } from "./session.ts";
import { changeLines, summaryLines } from "./summary-lines.ts";

/** Options of `berth plugins permissions`. */
export interface PermissionsFlags extends PluginsFlags {
  used?: boolean;
  learn?: boolean;
}

/** `berth plugins permissions NAME`. */
export async function showPermissions(context: CommandContext, name: string, flags: PermissionsFlags): Promise<number> {
  await using session = await openPlugins(context, flags);
  const surveyed = findPlugin(session, name);
  const uses = usesOf(surveyed.ask, session.storage.usage.list(name));
  if (flags.learn) return showLesson(context, session, surveyed, flags);
  const limits = await limitRows(session.runners, surveyed);
  const entries = entryRows(surveyed, uses);
  if (flags.json) {
    context.out.write(`${JSON.stringify(toJson(surveyed, { entries, limits, uses, flags }))}\n`);
    return EXIT.ok;
  }
  const terminal = terminalFor(context, flags);
  const nowMs = context.clock.now();
  const lines = [
    ...headLines(terminal, surveyed),
    ...askLines(terminal, surveyed),
    ...entryLines(terminal, entries, { hasUses: flags.used === true, nowMs }),
    ...(flags.used ? refusalLines(terminal, uses, nowMs) : []),
    ...limitLines(terminal, limits),
  ];
  context.out.write(`${lines.join("\n")}\n`);
  return EXIT.ok;
}

function showLesson(
  context: CommandContext,
  { storage, workingFolder }: PluginsSession,
  { plugin, ask }: SurveyedPlugin,
  { json }: PermissionsFlags,
): number {
  const lesson = learn(ask, storage.usage.list(plugin.name), { workingFolder });
  if (json) context.out.write(`${JSON.stringify({ version: 1, plugin: plugin.name, ...lesson })}\n`);
  else context.out.write(lessonToml(lesson));
  return EXIT.ok;
}

interface Shown {
  entries: readonly EntryRow[];
  limits: readonly LimitRow[];
  uses: PermissionUses;
  flags: PermissionsFlags;
}

function toJson(surveyed: SurveyedPlugin, { entries, limits, uses, flags }: Shown): object {
  const { plugin, tier, trust, state, decision, ask, problem } = surveyed;
  const stored = "stored" in decision ? decision.stored : undefined;
  const difference = "difference" in decision ? decision.difference : undefined;
  return {
    version: 1,
    plugin: { name: plugin.name, version: plugin.version, folder: plugin.folder, tier, trust },
    grant: {
      state,
      from: decision.source,
      ...(stored
        ? {
            version: stored.version,
            digest: stored.digest,
            isPinned: stored.isPinned,
            grantedAt: stored.grantedAt,
            grantedBy: stored.grantedBy,
          }
        : {}),
    },
    ...(problem ? { problem: { code: problem.code, message: problem.message } } : {}),
    ...(difference ? { difference } : {}),
    summary: summarise(ask),
    permissions: entries.map(({ uses: times, firstAt, lastAt, ...entry }) =>
      flags.used ? { ...entry, uses: times, firstAt: firstAt ?? null, lastAt: lastAt ?? null } : entry,
    ),
    ...(flags.used ? { refusals: uses.refusals } : {}),
    limits,
  };
}

function headLines(terminal: Terminal, surveyed: SurveyedPlugin): string[] {
  const { plugin, tier, trust, state, decision, problem } = surveyed;
  const words = GRANT_WORDS[state];
  const stored = "stored" in decision ? decision.stored : undefined;
  const granted = stored
    ? `, to ${stored.version} on ${new Date(stored.grantedAt).toISOString().slice(0, 16).replace("T", " ")} UTC by ${stored.grantedBy}${stored.isPinned ? ", pinned to its code" : ""}`
    : "";
  return [
    `${terminal.paint("bold", plugin.name)} ${neutraliseLine(plugin.version)}, ${trust}, tier ${tier}`,
    `${terminal.paint(words.style, GRANT_SENTENCES[state])} (${sourceWord(surveyed)}${neutraliseLine(granted)}).`,
    ...(problem ? [terminal.paint("red", neutraliseLine(problem.message))] : []),
  ];
}

function askLines(terminal: Terminal, { ask, decision }: SurveyedPlugin): string[] {
  const items = summarise(ask);
  const difference = "difference" in decision && decision.difference ? differenceLines(decision.difference) : [];
  return [
    "",
    ...(items.length === 0 ? ["It asks for nothing."] : ["It asks to", ...summaryLines(terminal, items)]),
    ...(difference.length === 0 ? [] : ["", "Since it was granted", ...changeLines(terminal, difference)]),
  ];
}

function entryLines(
  terminal: Terminal,
  entries: readonly EntryRow[],
  { hasUses, nowMs }: { hasUses: boolean; nowMs: number },
): string[] {
  if (entries.length === 0) return [];
  const columns: Column[] = [
    { title: "PERMISSION" },
    { title: "ENTRY", minWidth: 12 },
    { title: "HAS IT", minWidth: 6 },
    ...(hasUses ? [{ title: "USES", align: "right" } as const, { title: "LAST USED", dropOrder: 1 }] : []),
  ];
  const rows = entries.map((entry) => [
    { text: entry.permission },
    { text: entry.entry },
    { text: hasItText(entry), paint: (text: string) => terminal.paint(HAS_IT_STYLES[entry.granted], text) },
    ...(hasUses ? [{ text: String(entry.uses) }, { text: agoText(entry.lastAt, nowMs) }] : []),
  ]);
  return ["", ...formatTable(columns, rows, terminal.columns, (title) => terminal.paint("dim", title))];
}

const HAS_IT_STYLES = { yes: "green", part: "yellow", no: "red" } as const;

function hasItText({ granted, reason }: EntryRow): string {
  if (granted === "yes") return "yes";
  return granted === "part" ? `in part: ${reason}` : `no: ${reason}`;
}

function refusalLines(terminal: Terminal, { refusals }: PermissionUses, nowMs: number): string[] {
  if (refusals.length === 0) return ["", "Nothing was refused."];
  const columns: Column[] = [
    { title: "REFUSED", minWidth: 12 },
    { title: "PERMISSION", dropOrder: 2 },
    { title: "TIMES", align: "right" },
    { title: "LAST", dropOrder: 1 },
  ];
  const rows = refusals.map(({ what, permission = "none would do", refusals: times, lastAt }) => [
    { text: what },
    { text: permission },
    { text: String(times) },
    { text: agoText(lastAt, nowMs) },
  ]);
  return ["", ...formatTable(columns, rows, terminal.columns, (title) => terminal.paint("dim", title))];
}

function limitLines(terminal: Terminal, limits: readonly LimitRow[]): string[] {
  const columns: Column[] = [
    { title: "LIMIT" },
    { title: "AT MOST", align: "right" },
    { title: "HELD BY", minWidth: 12 },
  ];
  const rows = limits.map(({ limit, text, heldBy }) => [
    { text: limit },
    { text },
    heldBy === null
      ? { text: "nothing here", paint: (shown: string) => terminal.paint("yellow", shown) }
      : { text: heldBy },
  ]);
  return ["", ...formatTable(columns, rows, terminal.columns, (title) => terminal.paint("dim", title))];
}

function agoText(at: number | undefined, nowMs: number): string {
  return at === undefined ? "never" : `${formatDuration(Math.max(0, nowMs - at))} ago`;
}
