import { runStaticChecks } from "./ok/static-checks.ts";
import { runTests } from "./ok/tests.ts";

// All there is to check. What it prints last is what the test runner counted.

const isQuick = process.argv.includes("--quick");
const startedMs = performance.now();

const failed = await runStaticChecks();
const tests = await runTests({ withCoverage: !isQuick });
if (!tests.isOk) failed.push("tests");

const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
console.log(failed.length === 0 ? `\nAll is well, ${seconds} s` : `\nNot well: ${failed.join(", ")}; ${seconds} s`);
console.log(tests.summary);
if (tests.counts) console.log(`${tests.counts.passed} passed, ${tests.counts.failed} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
