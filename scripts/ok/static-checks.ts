import { styleText } from "node:util";
import { mapWithWidth } from "@berth/base";
import { plainUnlessTerminal } from "./root.ts";
import { type CommandOutcome, runCommand } from "./run-command.ts";

/** A check that looks at files and runs nothing of ours. */
export interface StaticCheck {
  name: string;
  command: readonly [string, ...string[]];
}

/** The longest first: they run side by side. */
const CHECKS: readonly StaticCheck[] = [
  { name: "lint", command: ["oxlint", "--type-aware"] },
  { name: "types", command: ["tsc", "--noEmit"] },
  { name: "unused code", command: ["knip", "--no-progress", "--no-config-hints"] },
  { name: "generated files", command: ["node", "scripts/generate/main.ts", "--check"] },
  { name: "imports", command: ["node", "scripts/imports/main.ts"] },
  { name: "format", command: ["oxfmt", "--check", "."] },
  { name: "build", command: ["node", "scripts/build.ts"] },
];

// Two cores is what a small machine has.
const WIDTH = 2;

/** Runs the checks side by side, prints a line for each and the output of those that failed, and returns their names. */
export async function runStaticChecks(checks: readonly StaticCheck[] = CHECKS): Promise<string[]> {
  const outcomes = await mapWithWidth(checks, WIDTH, async ({ name, command }) => {
    const outcome = await runCommand(command);
    report(name, outcome);
    return outcome;
  });
  return checks
    .filter((_, index) => {
      const outcome = outcomes[index]!;
      return outcome.status === "rejected" || !outcome.value.isOk;
    })
    .map(({ name }) => name);
}

function report(name: string, { isOk, output, seconds }: CommandOutcome): void {
  const mark = isOk
    ? styleText("green", "ok  ", { stream: process.stdout })
    : styleText("red", "FAIL", { stream: process.stdout });
  console.log(`${mark} ${name.padEnd(16)} ${seconds.toFixed(1).padStart(5)} s`);
  if (!isOk) console.log(plainUnlessTerminal(output).trimEnd().replaceAll(/^/gm, "     "));
}
