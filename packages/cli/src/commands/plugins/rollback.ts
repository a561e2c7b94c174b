import { neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";
import type { KeptGenerationView } from "@berth/control";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { readHostProject } from "../../host-project.ts";
import { runStoppable } from "../../stop-signals.ts";
import { formatDuration } from "../../terminal/durations.ts";
import { type Column, formatTable } from "../../terminal/table.ts";
import { type Terminal, terminalFor } from "../../terminal/terminal.ts";
import { lookForHost, orderedBy, reachHost, RELOAD_LIMIT_MS } from "./live.ts";
import { keptVersions } from "./kept-versions.ts";
import { isAsWanted, reloadLines } from "./reload-lines.ts";
import { findPlugin, openPlugins, type PluginsFlags } from "./session.ts";

/** Options of `berth plugins rollback`. */
export interface RollbackFlags extends PluginsFlags {
  to?: string;
  list?: boolean;
}

/** `berth plugins rollback NAME`: code, settings and state as they were. */
export async function rollbackPlugin(context: CommandContext, plugin: string, flags: RollbackFlags): Promise<number> {
  const to = idOf(flags.to);
  if (flags.list) return listVersions(context, plugin, flags);
  const project = await readHostProject(context, flags.config);
  return runStoppable(context, async ({ stop: signal }) => {
    using found = await reachHost(context, project, `roll back ${plugin}`, signal);
    const terminal = terminalFor(context, flags);
    const order = { ...orderedBy(context), plugin, ...(to === undefined ? {} : { to }) };
    const report = await found.client.ask("plugins.rollback", order, { signal, limitMs: RELOAD_LIMIT_MS });
    if (flags.json) {
      context.out.write(`${JSON.stringify({ version: 1, report })}\n`);
    } else {
      const stream = isAsWanted(report) ? context.out : context.err;
      for (const line of reloadLines(terminal, report, "rollback")) stream.write(`${line}\n`);
    }
    return isAsWanted(report) ? EXIT.ok : EXIT.failed;
  });
}

/** `--list`: what the host keeps, or what the one before left. */
async function listVersions(context: CommandContext, plugin: string, flags: RollbackFlags): Promise<number> {
  await using session = await openPlugins(context, flags);
  using found = await lookForHost(context, session.project);
  if (!found) findPlugin(session, plugin);
  const generations = found
    ? (await found.client.ask("plugins.history", { plugin })).generations
    : keptVersions(session.storage, plugin);
  if (flags.json) context.out.write(`${JSON.stringify({ version: 1, plugin, generations })}\n`);
  else {
    const lines = generationLines(terminalFor(context, flags), generations, context.clock.now());
    context.out.write(`${lines.join("\n")}\n`);
  }
  return EXIT.ok;
}

function idOf(to: string | undefined): number | undefined {
  if (to === undefined) return undefined;
  const id = Number(to);
  if (Number.isSafeInteger(id) && id >= 1) return id;
  throw new HostError("CONFIG_INVALID", `--to is the number of a version, as --list shows it, not "${to}"`);
}

const COLUMNS: readonly Column[] = [
  { title: "ID", align: "right" },
  { title: "VERSION" },
  { title: "SINCE" },
  { title: "STATE", dropOrder: 2 },
  { title: "DIGEST", minWidth: 12, dropOrder: 1 },
  { title: "" },
];

/** The versions that can be gone back to, the newest first. */
export function generationLines(
  terminal: Terminal,
  generations: readonly Omit<KeptGenerationView, "plugin">[],
  nowMs: number,
): string[] {
  if (generations.length === 0) return ["No version was kept yet: it is kept when the plugin is loaded."];
  const rows = generations.map(({ id, version, since, hasState, digest, isCurrent, hasFailed }) => [
    { text: String(id) },
    { text: neutraliseLine(version) },
    { text: `${formatDuration(Math.max(0, nowMs - since))} ago` },
    { text: hasState ? "kept" : "none" },
    { text: digest },
    {
      text: isCurrent ? "serves" : hasFailed ? "failed" : "",
      paint: (text: string) => terminal.paint(isCurrent ? "green" : "red", text),
    },
  ]);
  return formatTable(COLUMNS, rows, terminal.columns, (title) => terminal.paint("dim", title));
}
