import { createHash } from "node:crypto";
import { lstat, mkdir, realpath, rm } from "node:fs/promises";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorMessage, writeFileAtomically } from "@berth/base";
import { HostError } from "@berth/contract";
import { bindSocket } from "./bind-socket.ts";
import { claimDataFolder, type DataFolderClaim } from "./claim-data-folder.ts";
import { controlPlace, folderForSockets, isPathShortEnough } from "./control-place.ts";

/** Where a host is to listen. */
export interface OpenSocketOptions {
  server: Server;
  dataFolder: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Absent: it is made here. */
  claim?: DataFolderClaim | undefined;
}

/** A socket that listens; disposing it takes it away. */
export interface OpenSocket extends AsyncDisposable {
  readonly path: string;
}

/**
 * Listens in the data folder. Where its path is too long for a socket, or its file system takes none, in a folder of the user's own, and
 * the data folder says where. Who has claimed the data folder may listen: what lies there then is of a host that is gone.
 *
 * @throws HostError `CONTROL_TAKEN` when a host listens there already.
 */
export async function openSocket({ server, dataFolder, env, claim }: OpenSocketOptions): Promise<OpenSocket> {
  const { socket, nameFile } = controlPlace(dataFolder);
  await using opened = new AsyncDisposableStack();
  if (!claim) opened.use(claimDataFolder(dataFolder));
  await rm(nameFile, { force: true });
  await rm(socket, { force: true });
  const isHere = isPathShortEnough(socket) && (await isBound(server, socket));
  const path = isHere ? socket : join(await ownFolder(env), `${await idOf(dataFolder)}.sock`);
  if (!isHere) {
    if (!isPathShortEnough(path)) throw noPlace(path, "its path is too long for a socket");
    await bindSocket(server, path);
  }
  opened.defer(() => rm(path, { force: true }));
  if (!isHere) {
    await writeFileAtomically(nameFile, `${path}\n`);
    opened.defer(() => rm(nameFile, { force: true }));
  }
  const owned = opened.move();
  return { path, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Shared folders of virtual machines, for one, take no sockets. */
async function isBound(server: Server, path: string): Promise<boolean> {
  try {
    await bindSocket(server, path);
    return true;
  } catch {
    return false;
  }
}

/** A folder that nobody else can enter; in the temporary folder of all, somebody else may have made it first. */
async function ownFolder(env: OpenSocketOptions["env"]): Promise<string> {
  const uid = process.getuid?.();
  const name = `berth-${uid ?? "user"}`;
  let failure: unknown;
  for (const parent of new Set([folderForSockets(env), tmpdir()])) {
    const path = join(parent, name);
    try {
      await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
      });
      const found = await lstat(path);
      if (found.isDirectory() && (uid === undefined || found.uid === uid) && (found.mode & 0o077) === 0) return path;
      failure = new Error(`${path} is not a folder of this user alone`);
    } catch (error) {
      failure = error;
    }
  }
  throw noPlace(name, errorMessage(failure));
}

/** Each data folder has its own. */
async function idOf(dataFolder: string): Promise<string> {
  return createHash("sha256")
    .update(await realpath(dataFolder))
    .digest("hex")
    .slice(0, 16);
}

function noPlace(path: string, why: string): HostError {
  return new HostError("CONTROL_UNREACHABLE", `Cannot open a socket for commands at ${path}: ${why}`, {
    details: { path },
  });
}
