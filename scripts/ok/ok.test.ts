import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { COVERAGE_GOALS, coveredPercent, type CoverageSummary } from "./coverage.ts";
import { HeldSummary } from "./held-summary.ts";
import { runCommand } from "./run-command.ts";
import { runStaticChecks } from "./static-checks.ts";
import { countTests } from "./test-counts.ts";

describe("runCommand", () => {
  test("gives the output of both streams and how it ended", async () => {
    const heard: string[] = [];
    const script = `console.log("out", process.argv[1]); console.error("err"); process.exitCode = 3;`;
    const outcome = await runCommand(["node", "--eval", script, "a b"], { onOutput: (text) => heard.push(text) });
    expect({ ...outcome, output: outcome.output.split("\n").sort() }).toMatchObject({
      isOk: false,
      output: ["", "err", "out a b"],
    });
    expect(heard.join("")).toBe(outcome.output);
  });

  test("gives it no input and the Node.js of the repository", async () => {
    const script = `process.stdin.on("end", () => console.log(process.versions.node)).resume();`;
    expect(await runCommand(["node", "--eval", script])).toMatchObject({
      isOk: true,
      output: `${process.versions.node}\n`,
    });
  });

  test("fails with a sentence when there is no such command, or a signal ended it", async () => {
    expect(await runCommand(["berth-no-such-command"])).toMatchObject({
      isOk: false,
      output: "Cannot run berth-no-such-command: spawn berth-no-such-command ENOENT\n",
    });
    expect(await runCommand(["node", "--eval", `process.kill(process.pid, "SIGKILL")`])).toMatchObject({
      isOk: false,
      output: "node was ended by SIGKILL\n",
    });
  });
});

describe("runStaticChecks", () => {
  afterEach(() => vi.restoreAllMocks());

  test("prints a line for each, the output of those that failed, and names them", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    const failed = await runStaticChecks([
      { name: "good", command: ["node", "--eval", `console.log("not shown")`] },
      { name: "bad", command: ["node", "--eval", `console.log("one\\ntwo"); process.exitCode = 1`] },
    ]);
    const printed = log.mock.calls.map(([text]) => String(text)).sort();
    expect(failed).toEqual(["bad"]);
    expect(printed).toEqual([
      "     one\n     two",
      expect.stringMatching(/FAIL.* bad +\d+\.\d s$/) as string,
      expect.stringMatching(/ok.* good +\d+\.\d s$/) as string,
    ]);
  });
});

describe("coveredPercent", () => {
  const root = join(import.meta.dirname, "../..");
  const file = (path: string, covered: number, total: number) => ({
    [join(root, path)]: { lines: { covered, total } },
  });
  const percents = (summary: CoverageSummary) => COVERAGE_GOALS.map((goal) => coveredPercent(root, summary, goal));

  test("takes the core packages together, the plugins together, and leaves out the rest [SIG-90]", () => {
    const summary = {
      total: { lines: { covered: 0, total: 1_000 } },
      ...file("packages/kernel/src/a.ts", 90, 100),
      ...file("packages/runners/src/b.ts", 0, 20),
      ...file("packages/sdk/src/c.ts", 0, 500),
      ...file("plugins/kernel/src/d.ts", 400, 500),
    };
    expect(percents(summary)).toEqual([75, 80]);
    expect(COVERAGE_GOALS.map(({ leastPercent }) => leastPercent)).toEqual([90, 80]);
  });

  test("is nothing when there is nothing to measure", () => {
    expect(percents({})).toEqual([0, 0]);
  });
});

test("countTests counts a file that could not be loaded as failed, and names what was skipped", () => {
  const result = (status: string) => ({ status, fullName: `it ${status}` });
  const testResults = [
    { status: "passed", assertionResults: [result("passed"), result("skipped"), result("todo")] },
    { status: "failed", assertionResults: [result("failed")] },
    { status: "failed", assertionResults: [] },
  ];
  expect(countTests({ numPassedTests: 1, numFailedTests: 1, testResults })).toEqual({
    passed: 1,
    failed: 2,
    skipped: ["it skipped", "it todo"],
  });
});

test("HeldSummary prints all but the summary, however the text is cut", () => {
  const summary = "\u001b[2m Test Files \u001b[22m 1 passed (1)\n      Tests  2 passed (2)";
  const text = ` ✓ a.test.ts\n\n${summary}\n\n Isolate 9 workers\n at least ~5s faster\n\nBad coverage\nJSON report written to x\n`;
  for (const size of [1, 7, text.length]) {
    const printed: string[] = [];
    const held = new HeldSummary((line) => printed.push(line));
    for (let at = 0; at < text.length; at += size) held.add(text.slice(at, at + size));
    expect({ summary: held.end(), printed: printed.join("") }).toEqual({
      summary,
      printed: " ✓ a.test.ts\n\nBad coverage\n",
    });
  }
});
