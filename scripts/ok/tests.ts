import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { coreCoverage, type CoverageSummary } from "./coverage.ts";
import { HeldSummary } from "./held-summary.ts";
import { plainUnlessTerminal, ROOT } from "./root.ts";
import { runCommand } from "./run-command.ts";
import { countTests, type TestCounts, type TestReport } from "./test-counts.ts";

const REPORT = join(ROOT, "coverage/tests.json");
const COVERAGE = join(ROOT, "coverage/coverage-summary.json");

// Of the lines of the packages that everything else stands on, all together.
const LEAST_COVERAGE = 90;

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
  const { percent, packages } = coreCoverage(ROOT, JSON.parse(readFileSync(COVERAGE, "utf8")) as CoverageSummary);
  console.log(`Lines covered in ${packages.join(", ")} together: ${percent.toFixed(1)} %`);
  if (percent >= LEAST_COVERAGE) return true;
  console.error(`That is below ${LEAST_COVERAGE} %: add tests; coverage/coverage-summary.json says where`);
  return false;
}
