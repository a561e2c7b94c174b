import type { Finding } from "./finding.ts";
import type { KnownModules } from "./known-modules.ts";

/**
 * What a module does that it did not before, as far as that weighs: notes are left out.
 *
 * @param former its text before; absent for a module that is new.
 */
export function newFindings(modules: KnownModules, file: string, text: string, former: string | undefined): Finding[] {
  const found = modules.findings(file, text).filter(({ weight }) => weight !== "note");
  if (found.length === 0 || former === undefined) return found;
  const known = new Set(modules.findings(file, former).map(({ pattern }) => pattern));
  return found.filter(({ pattern }) => !known.has(pattern));
}
