import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Problem } from "@berth/contract";
import { createHost } from "@berth/host";
import type { ComposedConfig } from "@berth/kernel/config/settings";
import type { CommandContext } from "../../command-context.ts";
import type { ConfigSession } from "./session.ts";

/** What the plugins' own code says of the sections they add, each in its own tier. Nothing is kept. */
export async function checkSectionsByCode(
  context: CommandContext,
  { document, roots }: ConfigSession,
  { config, sections }: ComposedConfig,
): Promise<Problem[]> {
  if (Object.keys(sections).length === 0) return [];
  await using scratch = await mkdtempDisposable(join(tmpdir(), "berth-"));
  await using host = await createHost({
    roots,
    config,
    sections,
    workingFolder: context.cwd,
    dataFolder: scratch.path,
    env: context.env,
    clock: context.clock,
  });
  const faults = await host.checkSections(new AbortController().signal);
  return Promise.all(faults.map(({ section, error }) => document.problemAt([section], error.message, "key")));
}
