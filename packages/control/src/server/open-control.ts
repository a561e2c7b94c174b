import { createServer, type Socket } from "node:net";
import { sleep } from "@berth/base";
import type { DataFolderClaim } from "../place/claim-data-folder.ts";
import { openSocket } from "../place/open-socket.ts";
import { ControlConnection } from "./connection.ts";
import type { ControlledHost } from "./controlled-host.ts";
import { createMethods } from "./methods.ts";

/** Commands come one at a time, watchers in handfuls. */
const MOST_CONNECTIONS = 64;

/** How long what was answered may take to be read when the host ends. */
const LAST_WORDS_MS = 1_000;

/** How {@link openControl} is done. */
export interface ControlOptions {
  host: ControlledHost;
  /** Where sockets may lie when the data folder can hold none. */
  env: Readonly<Record<string, string | undefined>>;
  /** Of the host's data folder, where that was made sure before there was a host. */
  claim?: DataFolderClaim;
}

/** A host that can be asked and told; disposing it ends that, the host goes on. */
export interface OpenControl extends AsyncDisposable {
  /** Of the socket. */
  readonly path: string;
}

/**
 * Lets the user of this host ask and tell it by a socket in its data folder. Who may is for the rights of that file alone: Node.js does
 * not say who is at the other end.
 *
 * @throws HostError `CONTROL_TAKEN` when another host listens there.
 */
export async function openControl({ host, env, claim }: ControlOptions): Promise<OpenControl> {
  const { clock, dataFolder } = host;
  const methods = createMethods(host);
  const open = new Map<Socket, ControlConnection>();
  const server = createServer((socket) => {
    open.set(socket, new ControlConnection({ socket, host, methods }));
    socket.once("close", () => open.delete(socket));
  });
  server.maxConnections = MOST_CONNECTIONS;
  const place = await openSocket({ server, dataFolder, env, claim });
  server.on("error", (error) => host.log.warn(`Cannot take a command: ${error.message}`));
  return {
    path: place.path,
    [Symbol.asyncDispose]: async () => {
      await place[Symbol.asyncDispose]();
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      for (const connection of open.values()) connection[Symbol.dispose]();
      const late = new AbortController();
      const patience = sleep(clock, LAST_WORDS_MS, late.signal).catch(() => undefined);
      await Promise.race([closed, patience]);
      late.abort();
      for (const socket of open.keys()) socket.destroy();
      await closed;
    },
  };
}
