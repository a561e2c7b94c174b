import { dirname, join, parse } from "node:path";
import { isInFolder } from "@berth/kernel/permissions";

/**
 * Whether no plugin may change `path`: it is one of the guarded files, lies in a guarded folder, or is an overlay of a guarded file, as
 * `berth.production.yaml` is of `berth.yaml`. Absolute, normalised.
 */
export function isGuarded(guarded: readonly string[], path: string): boolean {
  return guarded.some((each) => isInFolder(path, each) || isBeside(path, each));
}

/** In the same folder, under the same name with another ending. */
function isBeside(path: string, file: string): boolean {
  const folder = dirname(file);
  return dirname(path) === folder && path.startsWith(`${join(folder, parse(file).name)}.`);
}
