import { errorMessage } from "@berth/base";
import type { Host } from "@berth/host";
import type { CommandContext } from "./command-context.ts";

/** Lets commands reach a host until disposed. @throws HostError `CONTROL_TAKEN` when another host runs on its data folder. */
export async function openHostControl(host: Host, { env }: Pick<CommandContext, "env">): Promise<AsyncDisposable> {
  // Loaded late: it takes the time of a start, and nobody asks before.
  const { openControl } = await import("@berth/control");
  return openControl({ host, env });
}

/** The same for a program that has work of its own, which it does also when another host runs there. */
export async function controlIfFree(
  host: Host,
  context: Pick<CommandContext, "env">,
): Promise<AsyncDisposable | undefined> {
  try {
    return await openHostControl(host, context);
  } catch (error) {
    host.log.warn(`${errorMessage(error)}. This one goes on; commands reach the other`);
    return undefined;
  }
}
