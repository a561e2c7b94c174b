import { installTools } from "./ok/install-tools.ts";
import { runStaticChecks } from "./ok/static-checks.ts";
import { runTests } from "./ok/tests.ts";

// All there is to check. What it prints last is what the test runner counted.

const isQuick = process.argv.includes("--quick");
const startedMs = performance.now();

await installTools();
const failed = await runStaticChecks();
const tests = await runTests({ withCoverage: !isQuick });
if (!tests.isOk) failed.push("tests");
const skipped = tests.counts?.skipped ?? [];
for (const name of skipped) console.log(`Skipped: ${name}`);
// Where everything can be installed, a test that did not run is a test that is missing.
if (skipped.length > 0 && process.env["BERTH_NO_SKIPPED_TESTS"] === "1") failed.push("skipped tests");

const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
console.log(failed.length === 0 ? `\nAll is well, ${seconds} s` : `\nNot well: ${failed.join(", ")}; ${seconds} s`);
console.log(tests.summary);
if (tests.counts) {
  console.log(`${tests.counts.passed} passed, ${tests.counts.failed} failed, ${skipped.length} skipped`);
}
process.exitCode = failed.length === 0 ? 0 : 1;
