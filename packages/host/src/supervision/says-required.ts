import { readFileSync } from "node:fs";

/** A manifest is far smaller; of anything else the beginning will do. */
const MOST_TEXT = 65_536;

const REQUIRED = /^\s*"?criticality"?\s*[=:]\s*["']required["']/m;

/** Whether a manifest that cannot be read says all the same that the host must not start without its plugin. */
export function saysRequired(manifestFile: string): boolean {
  try {
    return REQUIRED.test(readFileSync(manifestFile, "utf8").slice(0, MOST_TEXT));
  } catch {
    return false;
  }
}
