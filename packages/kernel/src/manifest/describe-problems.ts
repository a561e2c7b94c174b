import type { Problem } from "@berth/contract";
import { type Finding, pathText } from "./finding.ts";
import { createLocator } from "./locate.ts";

/** More in one file than a person works through at once; a hostile file could have thousands. */
const MAX_PROBLEMS = 100;

/** Gives each finding its place in the text, in the order of the text. */
export async function describeProblems(text: string, file: string, findings: readonly Finding[]): Promise<Problem[]> {
  const placeOf = await createLocator(text);
  const problems = findings
    .map((finding): Problem => ({ file, ...placeOf(finding), path: pathText(finding.path), message: finding.message }))
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  if (problems.length <= MAX_PROBLEMS) return problems;
  const rest = problems.length - MAX_PROBLEMS;
  return [...problems.slice(0, MAX_PROBLEMS), { file, path: "", message: `has ${rest} more problems` }];
}
