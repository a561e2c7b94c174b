import { type Document, tableAt, valueAt } from "./document.ts";
import { type DocumentPath, type Finding, quote } from "./finding.ts";

/** A version range somebody wrote into a manifest. */
export interface StatedRange {
  path: DocumentPath;
  range: string;
}

/** `semver`'s answer to whether a text is a version range: its normal form, or `null`. */
export type ValidRange = (range: string) => string | null;

// What nearly all ranges are, such as ^1.2.3, ~2, 1.2.3 or >=1.2. To load semver costs as much as to read a hundred manifests.
const PLAIN_RANGE = /^(?:\^|~|>=|<=|<|>|=)?(?:0|[1-9]\d{0,8})(?:\.(?:0|[1-9]\d{0,8})){0,2}$/;

/** Whether a text is a version range without asking `semver`; `false` says nothing. */
export function isPlainRange({ range }: StatedRange): boolean {
  return PLAIN_RANGE.test(range) || range === "*";
}

export function checkVersionRanges(ranges: readonly StatedRange[], validRange: ValidRange): Finding[] {
  return ranges
    .filter(({ range }) => validRange(range) === null)
    .map(({ path, range }) => ({
      path,
      message: `must be a version range, such as ^1.2.0 or >=1.2 <2, is ${quote(range)}`,
    }));
}

/** The ranges of `[dependencies]`. A longer one is the schema's to report, and nothing to hand to a parser. */
export function versionRanges(document: Document): StatedRange[] {
  const dependencies = tableAt(document, "dependencies");
  const ranges: StatedRange[] = [];
  const add = (range: unknown, ...path: string[]): void => {
    if (typeof range !== "string" || range === "" || range.length > 200) return;
    ranges.push({ path: ["dependencies", ...path], range });
  };
  for (const key of ["host", "node"]) add(dependencies[key], key);
  for (const relation of ["requires", "optional", "conflicts"]) {
    for (const [name, range] of Object.entries(tableAt(document, "dependencies", relation))) add(range, relation, name);
  }
  return ranges;
}

export function repeaterVersionIsOne(document: Document, report: (finding: Finding) => void): void {
  const path = ["dependencies", "min_repeater_version"];
  const version = valueAt(document, path);
  if (typeof version !== "string" || version.length > 64 || /^v?\d{1,9}(?:\.\d{1,9}){0,2}$/.test(version)) return;
  report({ path, message: `must be a version, such as 0.3.0, is ${quote(version)}` });
}
