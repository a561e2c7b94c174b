import { accessSync, constants } from "node:fs";
import { fileURLToPath } from "node:url";

/** Set by the build: the bundle carries the program beside it. */
declare const BERTH_BUNDLED: true | undefined;

/** Where `watcher.c` was compiled to for this system; `undefined` where it was not, which takes a C compiler and Linux, or may not be run. */
export function findWatcher(): string | undefined {
  const folder = typeof BERTH_BUNDLED === "undefined" ? "../../../dist/" : "./";
  const program = fileURLToPath(new URL(`${folder}watcher-${process.platform}-${process.arch}`, import.meta.url));
  try {
    accessSync(program, constants.X_OK);
    return program;
  } catch {
    return undefined;
  }
}
