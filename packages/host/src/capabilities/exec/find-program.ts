import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";

const PROGRAM_NAME = /^[A-Za-z0-9_][A-Za-z0-9._+-]{0,99}$/;

/** Where programs are looked for: the folders only an administrator can write in, whatever the host's own PATH says. */
export const PROGRAM_FOLDERS: readonly string[] = [
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
  ...(process.platform === "darwin" ? ["/opt/homebrew/bin"] : []),
];

/** Whether a command is a plain name, or an absolute path; nothing else is ever run. */
export function isProgramName(command: string): boolean {
  return PROGRAM_NAME.test(command) || (isAbsolute(command) && !command.includes("\0") && command.length <= 1_000);
}

/** A program that can be run. */
export interface FoundProgram {
  /** As it is started: some programs act by the name they are called. */
  path: string;
  /** Where its code lies, links resolved. */
  real: string;
}

/** Finds a program by name in `folders`, or by its absolute path. */
export async function findProgram(command: string, folders: readonly string[]): Promise<FoundProgram | undefined> {
  const candidates = isAbsolute(command) ? [command] : folders.map((folder) => join(folder, command));
  for (const path of candidates) {
    if (await isExecutable(path)) return { path, real: await realpath(path) };
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
