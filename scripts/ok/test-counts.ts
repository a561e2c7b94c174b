/** As much of vitest's JSON report as is read. */
export interface TestReport {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { status: string; assertionResults: { status: string; fullName: string }[] }[];
}

/** What the report says. */
export interface TestCounts {
  passed: number;
  failed: number;
  /** The full names of those that could not run here. */
  skipped: readonly string[];
}

/** A file that could not even be loaded has no tests to count and counts as one that failed. */
export function countTests({ numPassedTests, numFailedTests, testResults }: TestReport): TestCounts {
  const unloaded = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  const skipped = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status !== "passed" && status !== "failed")
    .map(({ fullName }) => fullName);
  return { passed: numPassedTests, failed: numFailedTests + unloaded.length, skipped };
}
