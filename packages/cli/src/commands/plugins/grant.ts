import { neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";
import {
  asksNothing,
  differenceLines,
  isSameAsk,
  openGrantDesk,
  operatorName,
  PERMISSIONS,
  pluginDigest,
  type StoredGrant,
  summarise,
  type SurveyedPlugin,
} from "@berth/host/grants";
import type { SpeltOut } from "@berth/kernel/permissions";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { type Terminal, terminalFor } from "../../terminal/terminal.ts";
import { findPlugin, openPlugins, type PluginsFlags, type PluginsSession } from "./session.ts";
import { changeLines, summaryLines } from "./summary-lines.ts";
import { wantedGrant, type WantedFlags } from "./wanted-grant.ts";

/** Options of `berth plugins grant`. */
export interface GrantFlags extends PluginsFlags, WantedFlags {
  pin?: boolean;
  yes?: boolean;
}

/** `berth plugins grant NAME`. */
export async function grantPlugin(context: CommandContext, name: string, flags: GrantFlags): Promise<number> {
  await using session = await openPlugins(context, flags);
  const surveyed = findPlugin(session, name);
  assertGrantable(surveyed);
  const named = wantedGrant(surveyed, flags, session.workingFolder);
  if (!flags.yes && !(context.prompt && !flags.json)) throw nobodyToAsk(name, named !== undefined);
  if (flags.yes && named === undefined) throw nothingNamed(name);
  const granted = named ?? surveyed.ask.permissions;
  const place = { folder: surveyed.plugin.folder, dataFolder: session.project.dataFolder };
  const digest = await pluginDigest(place);
  // Where a program reads, it reads the answer alone; where a person answers, they read what they answer to.
  const terminal = terminalFor({ ...context, out: context.err }, flags);
  if (!flags.json) for (const line of proposalLines(terminal, surveyed, granted)) context.err.write(`${line}\n`);
  if (!flags.yes && !isYes(await context.prompt?.(question(surveyed, granted)))) {
    context.err.write("Nothing was granted.\n");
    return EXIT.failed;
  }
  if ((await pluginDigest(place)) !== digest) throw changedMeanwhile(name);
  const stored = await keep(context, session, surveyed, { granted, digest, isPinned: flags.pin === true });
  if (flags.json) context.out.write(`${JSON.stringify({ version: 1, grant: stored })}\n`);
  else context.out.write(`${doneLine(stored)}\n`);
  return EXIT.ok;
}

/** What comes with Berth, and what berth.yaml speaks of, is not granted here: it would be kept and never looked at. */
function assertGrantable({ plugin: { name }, decision }: SurveyedPlugin): void {
  if (decision.source === "config") {
    const message = `Cannot grant "${name}" anything by command: berth.yaml says what it may, under plugins.${name}.grant, and its word wins; change it there`;
    throw new HostError("CONFIG_INVALID", message);
  }
  if (decision.source === "first-party") {
    const message = `Cannot grant "${name}" anything by command: it comes with Berth and has what it asks; to let it have less, say so under plugins.${name}.grant in berth.yaml`;
    throw new HostError("CONFIG_INVALID", message);
  }
}

async function keep(
  context: CommandContext,
  { project, workingFolder, storage }: PluginsSession,
  { plugin }: SurveyedPlugin,
  order: { granted: SpeltOut; digest: string; isPinned: boolean },
): Promise<StoredGrant> {
  const { clock, env } = context;
  // Whoever closes last tidies up, which a connection for reading cannot.
  storage[Symbol.dispose]();
  await using own = openGrantDesk({ dataFolder: project.dataFolder, workingFolder, clock });
  return await own.desk.grant(plugin, { ...order, by: operatorName(env) });
}

function proposalLines(terminal: Terminal, { plugin, ask, decision }: SurveyedPlugin, granted: SpeltOut): string[] {
  const items = summarise({ ...ask, permissions: granted });
  const difference = "difference" in decision ? decision.difference : undefined;
  const changes = difference && !isSameAsk(difference) ? differenceLines(difference) : [];
  const left = PERMISSIONS.flatMap((permission) => {
    const has = new Set(granted[permission]);
    return ask.permissions[permission].filter((entry) => !has.has(entry)).map((entry) => `${permission} ${entry}`);
  });
  const head = `${terminal.paint("bold", plugin.name)} ${neutraliseLine(plugin.version)}`;
  return [
    items.length === 0 ? `${head} is to have nothing beyond what every plugin has.` : `${head} is to be allowed to`,
    ...summaryLines(terminal, items),
    ...(changes.length === 0 ? [] : ["Since it was granted last, it asks", ...changeLines(terminal, changes)]),
    ...(left.length === 0
      ? []
      : ["It asks, and is not to have, or not whole:", ...left.map((one) => `  ${neutraliseLine(one)}`)]),
  ];
}

function question({ ask, plugin }: SurveyedPlugin, granted: SpeltOut): string {
  const what = asksNothing(ask) ? "Keep that" : granted === ask.permissions ? "Grant all of it" : "Grant that";
  return `${what} to ${plugin.name}? [y/N] `;
}

export function isYes(answer: string | undefined): boolean {
  return /^y(?:es)?$/i.test(answer?.trim() ?? "");
}

function doneLine({ plugin, version, granted, isPinned }: StoredGrant): string {
  const entries = PERMISSIONS.reduce((sum, permission) => sum + granted[permission].length, 0);
  const what = entries === 0 ? "nothing" : entries === 1 ? "one entry" : `${entries} entries`;
  const pinned = isPinned ? ", pinned to its code" : "";
  return `Granted ${plugin} ${neutraliseLine(version)} ${what}${pinned}. A host that runs has it when it loads the plugin next.`;
}

function nobodyToAsk(name: string, hasNamed: boolean): HostError {
  const how = hasNamed ? "add --yes" : "name what it may with --all, or one by one, and add --yes";
  return new HostError("CONFIG_INVALID", `Nothing was granted to "${name}": there is nobody to ask here; ${how}`);
}

function nothingNamed(name: string): HostError {
  const message = `Nothing was granted to "${name}": --yes answers the question, but does not say what; add --all, or name it one by one`;
  return new HostError("CONFIG_INVALID", message);
}

function changedMeanwhile(name: string): HostError {
  return new HostError(
    "DIGEST_FAILED",
    `Nothing was granted to "${name}": its files changed meanwhile; look at it again`,
  );
}
