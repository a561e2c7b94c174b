import { type Document, tableAt, valueAt } from "./document.ts";
import { type DocumentPath, type Finding, quote } from "./finding.ts";

/** The ranges of `[dependencies]` that do not parse. `semver` is loaded only for a manifest that has a range. */
export async function checkVersionRanges(document: Document): Promise<Finding[]> {
  const ranges = versionRanges(document);
  const findings = minimumVersionFault(document);
  if (ranges.length === 0) return findings;
  const { default: validRange } = await import("semver/ranges/valid.js");
  for (const { path, range } of ranges) {
    if (validRange(range) !== null) continue;
    findings.push({ path, message: `must be a version range, such as ^1.2.0 or >=1.2 <2, is ${quote(range)}` });
  }
  return findings;
}

function versionRanges(document: Document): { path: DocumentPath; range: string }[] {
  const dependencies = tableAt(document, "dependencies");
  const found: { path: DocumentPath; range: unknown }[] = ["host", "node"].map((key) => ({
    path: ["dependencies", key],
    range: dependencies[key],
  }));
  for (const relation of ["requires", "optional", "conflicts"]) {
    for (const [name, range] of Object.entries(tableAt(document, "dependencies", relation))) {
      found.push({ path: ["dependencies", relation, name], range });
    }
  }
  // A longer one is the schema's to report, and nothing to hand to a parser.
  return found.flatMap(({ path, range }) =>
    typeof range === "string" && range !== "" && range.length <= 200 ? [{ path, range }] : [],
  );
}

function minimumVersionFault(document: Document): Finding[] {
  const path = ["dependencies", "min_repeater_version"];
  const version = valueAt(document, path);
  if (typeof version !== "string" || version.length > 64 || /^v?\d{1,9}(?:\.\d{1,9}){0,2}$/.test(version)) return [];
  return [{ path, message: `must be a version, such as 0.3.0, is ${quote(version)}` }];
}
