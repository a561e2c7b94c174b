import { connect, type Socket } from "node:net";
import { type Clock, errorMessage, runWithin } from "@berth/base";
import { HostError } from "@berth/contract";

/** The kernel answers for whoever listens, also for one that is busy. */
const CONNECT_LIMIT_MS = 5_000;

/** What is told of a socket at which nobody listens: it is missing, or whoever did has gone. */
const NOBODY = new Set(["ENOENT", "ECONNREFUSED", "ENOTSOCK", "ENOTDIR"]);

/**
 * Connects to the socket at `path`; `undefined` when nobody listens there. The caller owns what comes back.
 *
 * @throws HostError `CONTROL_UNREACHABLE` when somebody may listen, but not to this user.
 */
export async function knock(path: string, clock: Clock, signal?: AbortSignal): Promise<Socket | undefined> {
  const socket = connect(path);
  try {
    await runWithin({ clock, limitMs: CONNECT_LIMIT_MS, signal, onTimeout: () => unreachable(path, "no answer") }, () =>
      connected(socket),
    );
    return socket;
  } catch (error) {
    socket.destroy();
    if (NOBODY.has((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    if (error instanceof HostError || signal?.aborted) throw error;
    throw unreachable(path, errorMessage(error), error);
  }
}

function connected(socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("connect", resolve);
  // Also later, when it was given up: an error that nobody hears would end the process.
  socket.on("error", reject);
  return promise;
}

function unreachable(path: string, why: string, cause?: unknown): HostError {
  const message = `Cannot reach the host at ${path}: ${why}; only the user who started it may`;
  return new HostError("CONTROL_UNREACHABLE", message, {
    details: { path },
    ...(cause === undefined ? {} : { cause }),
  });
}
