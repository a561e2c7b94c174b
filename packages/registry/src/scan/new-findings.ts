import type { Finding } from "./finding.ts";
import type { ParsedModule } from "./parse-module.ts";
import { scanModule } from "./scan-module.ts";

/**
 * What a module does that it did not before, as far as that weighs: notes are left out.
 *
 * @param former its text before; absent for a module that is new.
 */
export function newFindings(file: string, text: string, former: string | undefined, parsed: ParsedModule): Finding[] {
  const found = scanModule(file, text, parsed).filter(({ weight }) => weight !== "note");
  if (found.length === 0 || former === undefined) return found;
  const known = new Set(scanModule(file, former).map(({ pattern }) => pattern));
  return found.filter(({ pattern }) => !known.has(pattern));
}
