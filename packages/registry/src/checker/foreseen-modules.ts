import { hash } from "node:crypto";
import type { KnownModules } from "../scan/known-modules.ts";

/** An ES module of a plugin as Node.js runs it, out of a file that may be another by now. */
export interface ForeseenModule {
  /** Below the plugin's folder, `/` between parts. */
  path: string;
  /** SHA-256 of the file, hexadecimal. */
  content: string;
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
 * @param texts of the modules that a check has looked at, by path.
 * @returns nothing where it would not be all of that.
 */
export function foreseenModules(
  texts: ReadonlyMap<string, string>,
  entry: string,
  known: KnownModules,
): ForeseenModule[] | undefined {
  const modules: ForeseenModule[] = [];
  let left = MOST_CHARACTERS;
  for (const [path, source] of texts) {
    if (path !== entry && !TYPESCRIPT.test(path)) continue;
    left -= source.length;
    const text = left < 0 || !RUNNABLE.test(path) ? undefined : known.runnable(path, source);
    if (text === undefined) return undefined;
    modules.push({ path, content: hash("sha256", source), text });
  }
  return modules;
}
