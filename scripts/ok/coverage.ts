import { relative } from "node:path";

/** The test runner's `coverage-summary.json`: absolute file to figures. */
export type CoverageSummary = Record<string, { lines: { total: number; covered: number } }>;

/** Code that is measured together, and the least share of its lines that tests must run. */
export interface CoverageGoal {
  name: string;
  /** The file's path from the root decides. */
  holds: RegExp;
  leastPercent: number;
}

export const COVERAGE_GOALS: readonly CoverageGoal[] = [
  // What everything else stands on, and what can go wrong worst.
  {
    name: "kernel, runners, registry and control",
    holds: /^packages\/(?:kernel|runners|registry|control)\/src\//,
    leastPercent: 90,
  },
  { name: "plugins", holds: /^plugins\/[^/]+\/src\//, leastPercent: 80 },
];

/** The share of covered lines of the files of a goal, taken together. Without any line it is zero: the figures are of something else. */
export function coveredPercent(root: string, summary: CoverageSummary, goal: CoverageGoal): number {
  let total = 0;
  let covered = 0;
  for (const [file, { lines }] of Object.entries(summary)) {
    if (!goal.holds.test(relative(root, file).replaceAll("\\", "/"))) continue;
    total += lines.total;
    covered += lines.covered;
  }
  return total === 0 ? 0 : (100 * covered) / total;
}
