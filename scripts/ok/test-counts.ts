/** As much of vitest's JSON report as is read. */
export interface TestReport {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { status: string; assertionResults: unknown[] }[];
}

/** What the report says. */
export interface TestCounts {
  passed: number;
  failed: number;
}

/** A file that could not even be loaded has no tests to count and counts as one that failed. */
export function countTests({ numPassedTests, numFailedTests, testResults }: TestReport): TestCounts {
  const unloaded = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  return { passed: numPassedTests, failed: numFailedTests + unloaded.length };
}
