import { relative } from "node:path";

/** The test runner's `coverage-summary.json`: absolute file to figures. */
export type CoverageSummary = Record<string, { lines: { total: number; covered: number } }>;

/** The packages that everything else stands on, and that hold what can go wrong worst. */
const CORE = ["kernel", "runners", "registry", "control"];

/** The share of covered lines of the core packages taken together, and which of them there are. */
export function coreCoverage(root: string, summary: CoverageSummary): { percent: number; packages: string[] } {
  let total = 0;
  let covered = 0;
  const packages = new Set<string>();
  for (const [file, { lines }] of Object.entries(summary)) {
    const [, name] = /^packages\/([^/]+)\/src\//.exec(relative(root, file).replaceAll("\\", "/")) ?? [];
    if (name === undefined || !CORE.includes(name)) continue;
    packages.add(name);
    total += lines.total;
    covered += lines.covered;
  }
  // Nothing covered is no reason for content: a core without lines means that the figures are of something else.
  return { percent: total === 0 ? 0 : (100 * covered) / total, packages: CORE.filter((name) => packages.has(name)) };
}
