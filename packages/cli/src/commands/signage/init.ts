import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { checkSources, starterSources, writeConfig } from "@berth/signage";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";

/** `berth signage init`: a commented `sources.yaml` to start from. */
export async function initSignage(
  context: CommandContext,
  flags: { config: string; force?: boolean },
): Promise<number> {
  const text = starterSources({ hasRepository: isInRepository(context.cwd) });
  const check = await checkSources({ path: { file: flags.config, text }, env: context.env });
  const sources = check.state === "valid" ? check.loaded.config.sources : [];
  const sentence = await writeConfig(flags.config, { text, sources, force: flags.force, cwd: context.cwd });
  context.out.write(`${sentence}\nThen: berth signage run --once\n`);
  return EXIT.ok;
}

/** As git looks for one: here, or in any folder above. */
function isInRepository(folder: string): boolean {
  for (let here = resolve(folder); ; here = dirname(here)) {
    if (existsSync(join(here, ".git"))) return true;
    if (dirname(here) === here) return false;
  }
}
