import type { ConfigPath } from "../config/config-path.ts";
import type { Finding } from "../config/describe-issue.ts";
import { type Document, tableOf } from "./document.ts";
import { quote } from "./quote.ts";

/** A version range somebody wrote into a manifest. */
export interface StatedRange {
  path: ConfigPath;
  range: string;
}

/** `semver`'s answer to whether a text is a version range: its normal form, or `null`. */
export type ValidRange = (range: string) => string | null;

// What nearly all ranges are, such as ^1.2.3, ~2, 1.2.3 or >=1.2. To load semver costs as much as to read a hundred manifests.
const PLAIN_RANGE = /^(?:\^|~|>=|<=|<|>|=)?(?:0|[1-9]\d{0,8})(?:\.(?:0|[1-9]\d{0,8})){0,2}$/;

/** Whether a text is a version range without asking `semver`; `false` says nothing. */
export function isPlainRange(range: string): boolean {
  return PLAIN_RANGE.test(range) || range === "*";
}

export function checkVersionRanges(ranges: readonly StatedRange[], validRange: ValidRange): Finding[] {
  return ranges
    .filter(({ range }) => validRange(range) === null)
    .map(({ path, range }) => ({
      path,
      message: `must be a version range, such as ^1.2.0 or >=1.2 <2, found ${quote(range)}`,
    }));
}

/** The ranges of `[dependencies]` that need a look. A longer one is the schema's to report, and nothing to hand to a parser. */
export function versionRanges(document: Document): StatedRange[] {
  const dependencies = tableOf(document["dependencies"]);
  const ranges: StatedRange[] = [];
  const add = (range: unknown, ...path: string[]): void => {
    if (typeof range !== "string" || range === "" || range.length > 200 || isPlainRange(range)) return;
    ranges.push({ path: ["dependencies", ...path], range });
  };
  for (const key of ["host", "node"]) add(dependencies[key], key);
  for (const relation of ["requires", "optional", "conflicts"]) {
    for (const [name, range] of Object.entries(tableOf(dependencies[relation]))) add(range, relation, name);
  }
  return ranges;
}
