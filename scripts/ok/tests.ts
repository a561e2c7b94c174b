import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { COVERAGE_GOALS, coveredPercent, type CoverageSummary } from "./coverage.ts";
import { HeldSummary } from "./held-summary.ts";
import { plainUnlessTerminal, ROOT } from "./root.ts";
import { runCommand } from "./run-command.ts";
import { countTests, type TestCounts, type TestReport } from "./test-counts.ts";

const REPORT = join(ROOT, "coverage/tests.json");
const COVERAGE = join(ROOT, "coverage/coverage-summary.json");

/** How the tests went. */
export interface TestsOutcome {
  isOk: boolean;
  /** The test runner's own last lines. */
  summary: string;
  /** From the test runner's report; `undefined` when it left none. */
  counts: TestCounts | undefined;
}

/** Runs all tests against what was built, printing as they go all but the summary, which is returned to be printed last. */
export async function runTests({ withCoverage }: { withCoverage: boolean }): Promise<TestsOutcome> {
  rmSync(REPORT, { force: true });
  rmSync(COVERAGE, { force: true });
  const printed = new HeldSummary((text) => process.stdout.write(plainUnlessTerminal(text)));
  const { isOk } = await runCommand(
    [
      "vitest",
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${REPORT}`,
      ...(withCoverage ? ["--coverage"] : []),
    ],
    { onOutput: (text) => printed.add(text), env: { BERTH_FROM_SOURCE: "0" } },
  );
  const summary = plainUnlessTerminal(printed.end());
  const isCovered = withCoverage ? reportCoverage() : true;
  const report = existsSync(REPORT) ? (JSON.parse(readFileSync(REPORT, "utf8")) as TestReport) : undefined;
  if (!report) console.error("The test runner left no report");
  return { isOk: isOk && isCovered && report !== undefined, summary, counts: report && countTests(report) };
}

function reportCoverage(): boolean {
  if (!existsSync(COVERAGE)) {
    console.error("The test runner left no coverage");
    return false;
  }
  const summary = JSON.parse(readFileSync(COVERAGE, "utf8")) as CoverageSummary;
  const isReached = COVERAGE_GOALS.map((goal) => {
    const percent = coveredPercent(ROOT, summary, goal);
    const isEnough = percent >= goal.leastPercent;
    const verdict = isEnough ? "" : `, below ${goal.leastPercent} %: coverage/coverage-summary.json says where`;
    console.log(`Lines covered in ${goal.name} together: ${percent.toFixed(1)} %${verdict}`);
    return isEnough;
  });
  return !isReached.includes(false);
}
