import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Set by the build: the bundle carries the program beside it, or beside the folder that it is in. */
declare const BERTH_BUNDLED: true | undefined;

/** Where `starter.c` was compiled to for this system; `undefined` where it was not: that takes a C compiler, and Linux. */
export function findStarter(): string | undefined {
  const name = `starter-${process.platform}-${process.arch}`;
  const folders = typeof BERTH_BUNDLED === "undefined" ? ["../../../../dist/"] : ["./", "../"];
  return folders.map((folder) => fileURLToPath(new URL(`${folder}${name}`, import.meta.url))).find(existsSync);
}
