import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CgroupFiles, ControllerFolder } from "./cgroups.ts";
import { readPids } from "./process-probe.ts";

/** Every process of a group, by the first of its folders. */
export function pidsInGroup(files: CgroupFiles): number[] {
  const [first] = foldersOf(files);
  return first ? readPids(join(first.folder, "cgroup.procs")) : [];
}

/** Sends SIGKILL to every process of a group, also to those that are stopped. Works in any thread. */
export function killGroup(files: CgroupFiles): void {
  // From 5.14 on the kernel does it at once, whatever is being forked meanwhile; below that, nothing more may be forked.
  const isDone = files.unified !== undefined && write(files.unified, "cgroup.kill", "1");
  if (!isDone && files.pids) write(files.pids, "pids.max", "0");
  // One that could not be put into all folders of its group is met by another of them.
  for (const { folder } of foldersOf(files)) for (const pid of readPids(join(folder, "cgroup.procs"))) kill(pid);
}

/** A group has a folder in each hierarchy; several controllers may share one. */
export function foldersOf(files: CgroupFiles): ControllerFolder[] {
  const all = Object.values(files) as (ControllerFolder | undefined)[];
  return [...new Map(all.flatMap((each) => (each ? [[each.folder, each] as const] : []))).values()];
}

function write({ folder }: ControllerFolder, file: string, text: string): boolean {
  try {
    // Only into what the kernel made: a missing file must not become an ordinary one.
    writeFileSync(join(folder, file), text, { flag: "r+" });
    return true;
  } catch {
    return false;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
