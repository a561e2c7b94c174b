import { copyFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { writeFileAtomically } from "@berth/base";
import { HostError } from "@berth/contract";
import { isYes } from "../plugins/grant.ts";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { terminalFor } from "../../terminal/terminal.ts";
import { type Migration, openMigrations } from "./migrations.ts";
import type { ConfigFlags } from "./session.ts";
import { valueText } from "./show.ts";

/** Options of `berth config migrate`. */
export interface MigrateFlags extends ConfigFlags {
  dryRun?: boolean;
  yes?: boolean;
  to?: string;
}

/** `berth config migrate [PLUGIN]`: settings of older versions as the plugins take them now; written only when all is well. */
export async function migrateConfig(
  context: CommandContext,
  name: string | undefined,
  flags: MigrateFlags,
): Promise<number> {
  const { file, text, migrations } = await openMigrations(context, name, flags);
  const isDry = flags.dryRun === true;
  if (flags.json && !flags.yes && !isDry) throw nobodyToAsk();
  if (!flags.json) tell(context, flags, file, migrations);
  const isWritten = migrations.length > 0 && !isDry && (await isWanted(context, flags));
  const backup = isWritten ? await write(context, file, text) : undefined;
  if (flags.json) context.out.write(`${JSON.stringify(toJson(file, migrations, backup))}\n`);
  else if (backup !== undefined) context.out.write(`Wrote ${file}; what it was is in ${backup}\n`);
  return isDry || isWritten || migrations.length === 0 ? EXIT.ok : EXIT.failed;
}

function tell(context: CommandContext, flags: MigrateFlags, file: string, migrations: readonly Migration[]): void {
  const terminal = terminalFor(context, flags);
  const line = (text: string): void => void context.out.write(`${text}\n`);
  if (migrations.length === 0) line(`${file}: all settings are of the version their plugin takes`);
  for (const { plugin, from, to, changes, notes } of migrations) {
    line(terminal.paint("bold", `${plugin}: version ${from} to ${to}`));
    for (const { path, before, after } of changes) {
      if (before !== undefined) line(terminal.paint("red", `- ${path}: ${valueText(before)}`));
      if (after !== undefined) line(terminal.paint("green", `+ ${path}: ${valueText(after)}`));
    }
    for (const note of notes) line(terminal.paint("yellow", note));
  }
}

async function isWanted(context: CommandContext, { yes, json }: MigrateFlags): Promise<boolean> {
  if (yes) return true;
  if (!context.prompt || json) throw nobodyToAsk();
  return isYes(await context.prompt("Write that? [y/N] "));
}

const nobodyToAsk = (): HostError =>
  new HostError("CONFIG_INVALID", "Cannot ask whether to write: say --yes, or look with --dry-run");

async function write({ cwd, clock }: CommandContext, file: string, text: string): Promise<string> {
  const path = resolve(cwd, file);
  const backup = `${file}.${new Date(clock.now()).toISOString().slice(0, 19).replaceAll(":", "-")}.bak`;
  await copyFile(path, resolve(cwd, backup));
  await writeFileAtomically(path, text, (await stat(path)).mode & 0o777);
  return backup;
}

function toJson(file: string, migrations: readonly Migration[], backup: string | undefined): object {
  return { version: 1, file, written: backup !== undefined, ...(backup === undefined ? {} : { backup }), migrations };
}
