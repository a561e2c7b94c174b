import { neutralise } from "@berth/base";
import { migrate, writeConfig } from "@berth/signage";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";

/** Options of `berth signage migrate`. */
export interface MigrateFlags {
  config: string;
  envFile: string;
  force?: boolean;
  dryRun?: boolean;
}

/** `berth signage migrate`: a `sources.yaml` from the settings of the older program. */
export async function migrateSignage(context: CommandContext, flags: MigrateFlags): Promise<number> {
  const { env, cwd } = context;
  const { text, sources, notes } = await migrate({ env, cwd, dotenvPath: flags.envFile });
  if (flags.dryRun) {
    context.out.write(text);
    return EXIT.ok;
  }
  const sentence = await writeConfig(flags.config, { text, sources, force: flags.force, cwd });
  context.out.write(`${sentence}\n`);
  for (const note of notes) context.err.write(`note: ${neutralise(note)}\n`);
  return EXIT.ok;
}
