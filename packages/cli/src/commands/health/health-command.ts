import type { Command } from "commander";
import type { CommandContext } from "../../command-context.ts";
import type { Action } from "../../program.ts";

const EXAMPLES = `
Examples:
  berth health                            how the host that runs here is, the worst first
  berth health > /dev/null || alert       for scripts: 1 as soon as something that it needs is unhealthy
  berth health --exclude stock --tag web  what is tagged web, whatever stock is
  berth health --json | jq .health

What a plugin that the host can do without is, makes it degraded at most, which is no failure.
Exit codes: 0 ready and not unhealthy, 1 it is not or no host runs, 2 usage or configuration.
`;

/** `berth health`. */
export function addHealthCommand(program: Command, context: CommandContext, action: Action): void {
  program
    .command("health")
    .description("say how the host that runs is, and its plugins")
    .option("--tag <tags...>", "only what has one of these tags")
    .option("--exclude <names...>", "not these")
    .option("--config <file>", "the host's configuration (default: berth.yaml, if there is one)")
    .option("--json", "JSON on standard output")
    .option("--no-color", "no colour")
    .addHelpText("after", EXAMPLES)
    .action(action(async (options) => (await import("./health.ts")).showHealth(context, options)));
}
