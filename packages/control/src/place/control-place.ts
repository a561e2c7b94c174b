import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";

/** In the data folder of the host. */
const SOCKET_FILE = "control.sock";

/** Beside it where the socket itself had to go elsewhere: says where. */
const NAME_FILE = "control.path";

/** Who has the lock on it is the host of this data folder. */
const LOCK_FILE = "control.lock";

/** The number of its process; who it is, the lock alone says. */
const PID_FILE = "control.pid";

/** What the kernel keeps of a socket's path, without the zero at its end. A longer one would be cut off, or refused. */
const MOST_PATH_BYTES = process.platform === "darwin" ? 103 : 107;

/** Where the socket of a host may lie. */
export interface ControlPlace {
  /** In the data folder; the first choice. */
  socket: string;
  /** Says where the socket is when it is not there. */
  nameFile: string;
  lockFile: string;
  /** Says which process has the lock, for people. */
  pidFile: string;
}

export function controlPlace(dataFolder: string): ControlPlace {
  return {
    socket: join(dataFolder, SOCKET_FILE),
    nameFile: join(dataFolder, NAME_FILE),
    lockFile: join(dataFolder, LOCK_FILE),
    pidFile: join(dataFolder, PID_FILE),
  };
}

/** Whether the kernel takes `path` for a socket. */
export function isPathShortEnough(path: string): boolean {
  return Buffer.byteLength(path) <= MOST_PATH_BYTES;
}

/** Where sockets of the user may lie beside data folders: the folder of the session, which nobody else sees, or the one for all. */
export function folderForSockets(env: Readonly<Record<string, string | undefined>>): string {
  const own = env["XDG_RUNTIME_DIR"];
  return own !== undefined && isAbsolute(own) ? own : tmpdir();
}

/** The sockets to be tried, the likeliest first. */
export function possibleSockets({ socket, nameFile }: ControlPlace): string[] {
  const named = readName(nameFile);
  return [socket, ...(named === undefined ? [] : [named])].filter(isPathShortEnough);
}

function readName(nameFile: string): string | undefined {
  try {
    const name = readFileSync(nameFile, "utf8").trim();
    return isAbsolute(name) && !name.includes("\0") ? name : undefined;
  } catch {
    // It is there only when it is needed.
    return undefined;
  }
}
