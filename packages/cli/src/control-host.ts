import { errorMessage } from "@berth/base";
import type { DataFolderClaim, HostHttp } from "@berth/control";
import { type Host, makeDataFolder } from "@berth/host";
import type { CommandContext } from "./command-context.ts";

/** Makes this process the host of a data folder. @throws HostError `CONTROL_TAKEN` when another one is. */
export async function claimDataFolder(dataFolder: string): Promise<DataFolderClaim> {
  const control = await import("@berth/control");
  makeDataFolder(dataFolder);
  return control.claimDataFolder(dataFolder);
}

/** Lets commands reach a host until disposed. @throws HostError `CONTROL_TAKEN` when another host runs on its data folder. */
export async function openHostControl(
  host: Host,
  { env }: Pick<CommandContext, "env">,
  claim?: DataFolderClaim,
): Promise<AsyncDisposable> {
  // Loaded late: it takes the time of a start, and nobody asks before.
  const { openControl } = await import("@berth/control");
  return openControl({ host, env, ...(claim ? { claim } : {}) });
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

/** The HTTP server of a host that is to be made: owned before the host is, so that it is closed after it. */
export async function makeHostHttp(): Promise<HostHttp> {
  const { HostHttp } = await import("@berth/control");
  return new HostHttp();
}
