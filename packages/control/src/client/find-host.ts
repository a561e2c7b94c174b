import type { Clock } from "@berth/base";
import { HostError } from "@berth/contract";
import { controlPlace, possibleSockets } from "../place/control-place.ts";
import { knock } from "../place/knock.ts";
import { CONTROL_PROTOCOL } from "../wire/methods.ts";
import type { HostStatus } from "../wire/views.ts";
import { ControlClient, unreachable } from "./control-client.ts";

/** Where to look. */
export interface FindHostOptions {
  dataFolder: string;
  clock: Clock;
  signal?: AbortSignal | undefined;
}

/** A host that runs, and a conversation with it; the caller disposes it. */
export interface FoundHost extends Disposable {
  readonly client: ControlClient;
  readonly status: HostStatus;
}

/** It answers from memory; longer hides a host that hangs. */
const STATUS_LIMIT_MS = 5_000;

/**
 * The host that runs on a data folder; `undefined` when none does.
 *
 * @throws HostError `CONTROL_UNREACHABLE` when one does, and cannot be talked to.
 */
export async function findHost({ dataFolder, clock, signal }: FindHostOptions): Promise<FoundHost | undefined> {
  for (const path of possibleSockets(controlPlace(dataFolder))) {
    const socket = await knock(path, clock, signal);
    if (!socket) continue;
    const client = new ControlClient(socket, clock);
    try {
      const status = await client.ask("host.status", {}, { signal, limitMs: STATUS_LIMIT_MS });
      if (status.protocol !== CONTROL_PROTOCOL)
        throw unreachable(`it is Berth ${status.version}, which speaks another language`);
      return { client, status, [Symbol.dispose]: () => client[Symbol.dispose]() };
    } catch (error) {
      client[Symbol.dispose]();
      throw error;
    }
  }
  return undefined;
}

/** The same, where nothing can be done without one. @throws HostError `CONTROL_UNREACHABLE` that says how to start one. */
export async function findHostOrFail(options: FindHostOptions, purpose: string): Promise<FoundHost> {
  const found = await findHost(options);
  if (found) return found;
  throw new HostError(
    "CONTROL_UNREACHABLE",
    `Cannot ${purpose}: no host runs on ${options.dataFolder}; start one with \`berth run\``,
    { details: { dataFolder: options.dataFolder } },
  );
}
