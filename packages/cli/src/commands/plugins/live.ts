import { errorMessage, neutraliseLine } from "@berth/base";
import { isHostError } from "@berth/contract";
import { findHost, findHostOrFail, type FoundHost } from "@berth/control";
import { operatorName } from "@berth/host/grants";
import type { CommandContext } from "../../command-context.ts";
import type { HostProject } from "../../host-project.ts";

/** Reloading waits for plugins to start, one after the other; whoever cannot wait presses Ctrl-C. */
export const RELOAD_LIMIT_MS = 15 * 60_000;

/** The host that runs on the project's data folder, if one does. That it cannot be talked to is said, and no reason to show nothing. */
export async function lookForHost(context: CommandContext, project: HostProject): Promise<FoundHost | undefined> {
  try {
    return await findHost({ dataFolder: project.dataFolder, clock: context.clock });
  } catch (error) {
    if (!isHostError(error, "CONTROL_UNREACHABLE")) throw error;
    context.err.write(`${neutraliseLine(errorMessage(error))}; what follows is what the disk says.\n`);
    return undefined;
  }
}

/** The host to be told something. @throws HostError `CONTROL_UNREACHABLE` when none runs. */
export function reachHost(
  { clock }: CommandContext,
  { dataFolder }: HostProject,
  purpose: string,
  signal?: AbortSignal,
): Promise<FoundHost> {
  return findHostOrFail({ dataFolder, clock, signal }, purpose);
}

/** Who gives an order, for the audit log. */
export function orderedBy({ env }: CommandContext): { by: string } {
  return { by: operatorName(env) };
}
