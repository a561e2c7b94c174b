import { lstat, readlink } from "node:fs/promises";
import type { SystemView } from "./spec.ts";

/** One thing of the installed system: a folder or file to show, or a link that the layout of this system has. */
export type SystemEntry = { path: string } | { path: string; linksTo: string };

/** What of the installed system each view shows, read-only. Neither has `/etc` as a whole, nor anything of a user. */
export type SystemViews = Readonly<Record<SystemView, readonly SystemEntry[]>>;

const LIBRARIES = ["/usr/lib", "/usr/lib64", "/usr/lib32", "/lib", "/lib64", "/nix/store", "/gnu/store"];
const PROGRAMS = [
  "/usr",
  "/lib",
  "/lib64",
  "/bin",
  "/sbin",
  "/etc/alternatives",
  "/etc/ld.so.cache",
  "/etc/localtime",
  "/nix/store",
  "/gnu/store",
];

/** Looks where this system keeps its libraries and programs. */
export async function findSystemViews(): Promise<SystemViews> {
  return { libraries: await entries(LIBRARIES), programs: await entries(PROGRAMS) };
}

async function entries(paths: readonly string[]): Promise<SystemEntry[]> {
  const found = await Promise.all(paths.map(entry));
  return found.filter((one) => one !== undefined);
}

async function entry(path: string): Promise<SystemEntry | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return undefined;
  // `/lib` is a link to `usr/lib` on most systems and a folder on others; `/etc/localtime` is shown as the file it leads to.
  return stats.isSymbolicLink() && !path.startsWith("/etc/") ? { path, linksTo: await readlink(path) } : { path };
}
