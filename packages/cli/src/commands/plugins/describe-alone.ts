import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, type Root } from "@berth/host";
import { defaultHostConfig } from "@berth/kernel/config/default";
import type { CommandContext } from "../../command-context.ts";

/** Its start may take as long as any plugin's; longer is told by the host. */
const LIMIT_MS = 120_000;

/**
 * Loads one plugin in a host of its own that grants it nothing and keeps nothing, as a stranger's: in the sandbox for its kind of code.
 *
 * @returns what it provides. @throws HostError when it cannot be loaded, or is not what its manifest says.
 */
export async function describeAlone(
  context: CommandContext,
  { folder, name, others }: { folder: string; name: string; others: readonly Root[] },
): Promise<readonly string[]> {
  await using scratch = await mkdtempDisposable(join(tmpdir(), "berth-"));
  await using host = await createHost({
    // What it needs may lie there.
    roots: [{ kind: "plugin", path: folder, trust: "third-party" }, ...others],
    config: defaultHostConfig(),
    workingFolder: scratch.path,
    dataFolder: join(scratch.path, "data"),
    env: {},
    clock: context.clock,
  });
  const described = await host.plugins.get(name).describe(AbortSignal.timeout(LIMIT_MS));
  return described.map(({ id }) => id);
}
