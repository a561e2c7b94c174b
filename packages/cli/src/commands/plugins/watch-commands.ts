import type { Command } from "commander";
import type { CommandContext } from "../../command-context.ts";
import type { Action } from "../../program.ts";

const EXAMPLES = {
  top: `
  berth plugins top                         CPU, memory, calls and latency of each, until q
  berth plugins top --sort memory           or press c m r e l s n while it runs
  berth plugins top --once                  one picture, for a log or a pipe
  berth plugins top --json | jq '.plugins[] | {plugin, cpuPercent, p99Ms}'

A figure that cannot be known is "-": plugins in tier inline share the host's own thread, so nobody can
tell their CPU and memory apart. Rates are since the look before. A host must run.
Exit codes: 0 shown, 1 no host runs, 2 usage or configuration.`,
  health: `
  berth plugins health                      how each is, the worst first, and for how long
  berth plugins health stock                asked now, with all it says
  berth plugins health --json | jq '.plugins[] | select(.health != "healthy")'

A host must run. Exit codes: 0 none is unhealthy, 1 one is or no host runs, 2 usage or configuration.`,
} as const;

/** The commands of `berth plugins` that watch plugins while they run. */
export function addWatchCommands(plugins: Command, context: CommandContext, action: Action): void {
  withShared(plugins.command("top"))
    .description("show live what each plugin uses: CPU, memory, calls, errors, latency, health, alerts")
    .option("--once", "one picture, and no more")
    .option("--sort <figure>", "cpu, memory, rate, errors, latency, restarts or name (default: cpu)")
    .option("--delay <seconds>", "between two looks, 0.5 to 60 (default: 2)")
    .addHelpText("after", `\nExamples:${EXAMPLES.top}\n`)
    .action(action(async (options) => (await import("./top/top.ts")).topPlugins(context, options)));
  withShared(plugins.command("health"))
    .description("say how plugins are, and since when")
    .argument("[name]", "one plugin, which is asked now (default: all)")
    .addHelpText("after", `\nExamples:${EXAMPLES.health}\n`)
    .action(action(async (name, options) => (await import("./health.ts")).showPluginHealth(context, name, options)));
}

function withShared(command: Command): Command {
  return command
    .option("--config <file>", "the host's configuration (default: berth.yaml, if there is one)")
    .option("--json", "JSON on standard output")
    .option("--no-color", "no colour");
}
