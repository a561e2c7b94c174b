import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { errorMessage } from "@berth/base";

/** A file system of some megabytes, in memory. */
export interface SmallDisk extends Disposable {
  readonly folder: string;
  /** Leaves no page of it. */
  fill(): void;
  /** As it was before {@link fill}. */
  empty(): void;
}

const PIECE = Buffer.alloc(4_096);

/** Mounts one in `parent`, or answers why this machine does not let us. */
export function mountSmallDisk(parent: string, megabytes: number): SmallDisk | { reason: string } {
  const folder = join(parent, "small-disk");
  mkdirSync(folder);
  try {
    const size = `size=${megabytes}m`;
    execFileSync("mount", ["-t", "tmpfs", "-o", size, "tmpfs", folder], { stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    return { reason: errorMessage(error).trim() };
  }
  const ballast = join(folder, "ballast");
  return {
    folder,
    fill: () => fillUp(ballast),
    empty: () => rmSync(ballast),
    [Symbol.dispose]: () => void execFileSync("umount", ["-l", folder]),
  };
}

function fillUp(path: string): void {
  const file = openSync(path, "w");
  try {
    while (writeSync(file, PIECE) > 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  } finally {
    closeSync(file);
  }
}
