import { constants } from "node:fs";
import { lstat, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HostError } from "@berth/contract";

const READ_BY_ALL = constants.S_IROTH;
const ENTER_BY_ALL = constants.S_IXOTH;

/** The folder of a plugin's code, by its real path, and what a user that owns none of it can do there. */
export interface CodeAccess {
  folder: string;
  isReadable: boolean;
  /** Whether all folders on the way let everybody pass. */
  isReachable: boolean;
  /** Whether it says itself what package it is; otherwise Node.js looks in the folders above. */
  isPackage: boolean;
}

/** Looks at the plugin's folder, the way to it, and its entry, which stands for the rest. */
export async function codeAccess(folder: string, entry: string): Promise<CodeAccess> {
  const real = await realpath(folder);
  const [around, file, description, ...way] = await Promise.all([
    stat(real),
    stat(join(real, entry)).catch(() => undefined),
    stat(join(real, "package.json")).catch(() => undefined),
    ...foldersAbove(real).map((above) => stat(above)),
  ]);
  const canEnter = (around.mode & ENTER_BY_ALL) !== 0;
  const canRead = [around, ...(file ? [file] : [])].every(({ mode }) => (mode & READ_BY_ALL) !== 0);
  const isReachable = way.every(({ mode }) => (mode & ENTER_BY_ALL) !== 0);
  return { folder: real, isReadable: canEnter && canRead, isReachable, isPackage: description !== undefined };
}

function foldersAbove(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [] : [above, ...foldersAbove(above)];
}

/** @throws HostError `PLUGIN_FAILED` unless the entry of an external plugin is a file that can be run. */
export async function assertExecutable(plugin: string, folder: string, entry: string): Promise<void> {
  const file = await lstat(join(folder, entry)).catch(() => undefined);
  if (!file?.isFile()) throw cannotStart(plugin, `${entry} is no file`);
  if ((file.mode & constants.S_IXUSR) === 0)
    throw cannotStart(plugin, `${entry} is not executable; run chmod +x on it`);
}

/** The error for code that the user it runs as could not read. */
export function notOpenToAll(plugin: string): HostError {
  return cannotStart(plugin, "its files cannot be read by the user that it runs as; run chmod -R a+rX on its folder");
}

function cannotStart(plugin: string, why: string): HostError {
  return new HostError("PLUGIN_FAILED", `Cannot start plugin "${plugin}": ${why}`);
}
