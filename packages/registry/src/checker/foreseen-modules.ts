import type { KnownModules } from "../scan/known-modules.ts";

/** An ES module of a plugin as Node.js runs it. */
export interface ForeseenModule {
  /** Below the plugin's folder, `/` between parts. */
  path: string;
  /** Without types, all else where it was. */
  text: string;
}

/** Characters of all of them: more take longer to hand on than to read. */
const MOST_CHARACTERS = 262_144;
const TYPESCRIPT = /\.m?ts$/;
/** What Node.js runs as an ES module at all. */
const RUNNABLE = /\.m?[jt]s$/;

/**
 * The entry, and what is in TypeScript.
 *
 * @param found texts of what a check has read and found nothing wrong with, by path.
 * @returns nothing where it would not be all of that.
 */
export function foreseenModules(
  found: ReadonlyMap<string, string | boolean>,
  entry: string,
  known: KnownModules,
): ForeseenModule[] | undefined {
  const modules: ForeseenModule[] = [];
  let left = MOST_CHARACTERS;
  for (const [path, source] of found) {
    if (typeof source !== "string" || (path !== entry && !TYPESCRIPT.test(path))) continue;
    left -= source.length;
    const text = left < 0 || !RUNNABLE.test(path) ? undefined : known.runnable(path, source);
    if (text === undefined) return undefined;
    modules.push({ path, text });
  }
  return modules;
}
