import { lstat } from "node:fs/promises";
import { dirname } from "node:path";
import { isInFolder } from "@berth/kernel/permissions";

/** What any program may know of a process. The rest (environment, memory, open files) is the business of its owner: the host's. */
const OF_A_PROCESS = new Set([
  "cgroup",
  "cmdline",
  "comm",
  "mountinfo",
  "mounts",
  "net",
  "stat",
  "statm",
  "status",
  "task",
]);

const OTHERS_READ = 0o004;
const OTHERS_ENTER = 0o001;

/** Whether `real` is one of the files in which the kernel tells of itself. */
export function isKernelFile(real: string): boolean {
  return isInFolder(real, "/proc") || isInFolder(real, "/sys");
}

/**
 * Whether any user of this machine could read `real`, a path in /proc or /sys. The host may run as root, and there lends a plugin
 * the eyes of everybody, not its own: `/proc/self/environ` holds the host's secrets.
 */
export async function isOpenToAll(real: string): Promise<boolean> {
  const [, top, owner, ...rest] = real.split("/");
  if (top === "proc" && owner !== undefined && /^\d+$/.test(owner)) {
    const [first, , inTask] = rest;
    if (first !== undefined && !OF_A_PROCESS.has(first)) return false;
    if (first === "task" && inTask !== undefined && !OF_A_PROCESS.has(inTask)) return false;
  }
  if (((await lstat(real)).mode & OTHERS_READ) === 0) return false;
  for (let folder = dirname(real); folder !== "/"; folder = dirname(folder)) {
    if (((await lstat(folder)).mode & OTHERS_ENTER) === 0) return false;
  }
  return true;
}

/** Whether a link that leads from `named` to `real` is one of the kernel's own: nobody else can make one in /sys. */
export function isLinkOfKernel(named: string, real: string): boolean {
  return isInFolder(named, "/sys") && isInFolder(real, "/sys");
}
