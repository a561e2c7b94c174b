import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";

/** A file of a plugin's; a link may lead out of its folder: what the plugin could not read itself the host does not read for it. */
export function readInside(folder: string, path: string, mostBytes: number): string | undefined {
  const file = join(folder, path);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const info = fstatSync(descriptor);
    const isInside = realpathSync.native(file) === file;
    return isInside && info.isFile() && info.size <= mostBytes ? readFileSync(descriptor, "utf8") : undefined;
  } catch {
    return undefined; // Whoever loads it will say what is wrong.
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
