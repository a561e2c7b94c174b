import { HostError } from "@berth/contract";
import { CommanderError } from "commander";
import type { CommandContext } from "./command-context.ts";
import { EXIT } from "./exit-codes.ts";
import { processContext } from "./process-context.ts";
import { createProgram } from "./program.ts";
import { reportError } from "./report-error.ts";

/** Runs one command line, without the program's name, and resolves with the exit code. Never rejects. */
export async function main(argv: readonly string[], context: CommandContext = processContext()): Promise<number> {
  const exitCode = await runCommand(argv, context);
  context.onOver?.(exitCode);
  return exitCode;
}

async function runCommand(argv: readonly string[], context: CommandContext): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram(context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has said what is wrong; help and version are no failures.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    const asJson = argv.includes("--json");
    if (!(error instanceof CommanderError)) return reportError(context, error, asJson);
    if (asJson) reportError(context, usageError(error), true);
    return EXIT.usage;
  }
}

function usageError({ message }: CommanderError): HostError {
  return new HostError("CONFIG_INVALID", message.replace(/^error: /, ""));
}
