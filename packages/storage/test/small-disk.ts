import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorMessage } from "@berth/base";

/** A file system of one megabyte, a quarter of it taken by something that can be thrown away. */
export interface SmallDisk extends Disposable {
  folder: string;
  freeSomeSpace(): void;
}

const BALLAST_BYTES = 256 * 1024;

/** Mounts one in `parent`, or answers why this machine does not let us. */
export function mountSmallDisk(parent: string): SmallDisk | { reason: string } {
  const folder = join(parent, "small-disk");
  mkdirSync(folder);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    return { reason: errorMessage(error).trim() };
  }
  const ballast = join(folder, "ballast");
  writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES));
  return {
    folder,
    freeSomeSpace: () => rmSync(ballast),
    [Symbol.dispose]: () => void execFileSync("umount", [folder]),
  };
}
