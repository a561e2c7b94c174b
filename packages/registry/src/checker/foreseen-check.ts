import { hash } from "node:crypto";
import type { KnownModules } from "../scan/known-modules.ts";
import { foreseenModules, type ForeseenModule } from "./foreseen-modules.ts";

/** What a check found out in a folder whose files may be others by now. Nothing was wrong with its modules so far. */
export interface ForeseenCheck {
  /** By which question it was begun. */
  id: number;
  /** How many were looked at. */
  modules: number;
  /** SHA-256, hexadecimal, of each file that was read, by path; of others whether there is one. */
  seen: ReadonlyMap<string, string | boolean>;
  /** The modules as Node.js runs them; nothing where something about them is left to Node.js. */
  texts: readonly ForeseenModule[] | undefined;
}

/** @param found texts of what was read, by path; of other files whether there is one. */
export function foreseenCheck(
  { id, modules, entry }: { id: number; modules: number; entry: string },
  found: ReadonlyMap<string, string | boolean>,
  known: KnownModules,
): ForeseenCheck {
  const seen = new Map<string, string | boolean>();
  for (const [path, what] of found) seen.set(path, typeof what === "string" ? hash("sha256", what) : what);
  return { id, modules, seen, texts: foreseenModules(found, entry, known) };
}

/**
 * Whether a check would find the same in a copy of the folder.
 *
 * @param contents SHA-256 of the copy's files by path.
 */
export function holdsFor({ seen }: Pick<ForeseenCheck, "seen">, contents: ReadonlyMap<string, string>): boolean {
  for (const [path, found] of seen) {
    if (typeof found === "string" ? contents.get(path) !== found : contents.has(path) !== found) return false;
  }
  return true;
}
