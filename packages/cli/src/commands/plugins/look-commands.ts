import type { Command } from "commander";
import type { CommandContext } from "../../command-context.ts";
import type { Action } from "../../program.ts";

const EXAMPLES = {
  profile: `
  berth plugins profile stock               10 s, into stock-<time>.cpuprofile and .html, here
  berth plugins profile stock --seconds 30 --output /tmp/stock
  berth plugins profile stock --json | jq '.top[0]'

The page opens in any browser, without a network; the .cpuprofile in the tools of Chromium and in
editors. A plugin in tier inline shares the host's thread, so it cannot be told apart. A host must run.
Exit codes: 0 written, 1 it could not be taken or no host runs, 2 usage or configuration.`,
  heap: `
  berth plugins heap stock                  into stock-<time>.heapsnapshot, here, for you alone to read
  berth plugins heap stock --max-mb 2048    when it says that it is more than 512 MiB

The file holds all that the plugin knows, secrets too: do not send it about. The plugin stands still
while the picture is taken, and needs memory for it. The audit log says who took it. A host must run.
Exit codes: 0 written, 1 it could not be taken or no host runs, 2 usage or configuration.`,
  logs: `
  berth plugins logs stock                  its last 50 lines
  berth plugins logs stock -f --level warn  and the next, until Ctrl-C; warnings and errors only
  berth plugins logs stock --since 10m --json | jq .message

The host keeps the last 1,000 lines of each plugin, 512 KiB at most. What is below its log level is
nowhere: berth plugins log-level. A host must run.
Exit codes: 0 shown, 1 no host runs, 2 usage or configuration.`,
  "log-level": `
  berth plugins log-level stock             what holds, and what is configured
  berth plugins log-level stock debug --for 10m    and then again what is configured
  berth plugins log-level stock configured  back to that at once

It holds until the host ends at the latest; for good, set plugins.NAME.log_level in berth.yaml.
Exit codes: 0 done, 1 no host runs, 2 usage or configuration.`,
} as const;

const examples = (name: keyof typeof EXAMPLES): string => `\nExamples:${EXAMPLES[name]}\n`;

/** The commands of `berth plugins` that look into plugins while they run. */
export function addLookCommands(plugins: Command, context: CommandContext, action: Action): void {
  withShared(plugins.command("profile"))
    .description("find out where a plugin spends its time while it serves: a profile, and a page that shows it")
    .argument("<name>", "the plugin")
    .option("--seconds <n>", "how long to look, 0.1 to 300 (default: 10)")
    .option("--output <file>", "where to write (default: named for the plugin and the time, here)")
    .addHelpText("after", examples("profile"))
    .action(
      action(async (name, options) => (await import("./profile/profile.ts")).profilePlugin(context, name, options)),
    );
  withShared(plugins.command("heap"))
    .description("write down what a plugin's memory holds, secrets included")
    .argument("<name>", "the plugin")
    .option("--output <file>", "where to write (default: named for the plugin and the time, here)")
    .option("--max-mb <n>", "give up when it is more, up to 4096 (default: 512)")
    .addHelpText("after", examples("heap"))
    .action(action(async (name, options) => (await import("./profile/heap.ts")).snapshotHeap(context, name, options)));
  withShared(plugins.command("logs"))
    .description("show what a plugin of a running host logs")
    .argument("<name>", "the plugin")
    .option("-f, --follow", "and the next lines, until Ctrl-C")
    .option("--level <level>", "the least severe to show: trace, debug, info, warn or error")
    .option("--last <n>", "at most so many of the lines that were (default: 50)")
    .option("--since <span>", "none from before that, such as 90s, 10m or 2h")
    .addHelpText("after", examples("logs"))
    .action(action(async (name, options) => (await import("./logs/logs.ts")).showLogs(context, name, options)));
  withShared(plugins.command("log-level"))
    .description("say which lines of a plugin's log are kept, or set that while the host runs")
    .argument("<name>", "the plugin")
    .argument("[level]", "trace, debug, info, warn or error; configured: as berth.yaml has it")
    .option("--for <span>", "for so long, such as 90s, 10m or 2h (default: until the host ends)")
    .addHelpText("after", examples("log-level"))
    .action(
      action(async (name, level, options) =>
        (await import("./logs/log-level.ts")).setLogLevel(context, name, level, options),
      ),
    );
}

function withShared(command: Command): Command {
  return command
    .option("--config <file>", "the host's configuration (default: berth.yaml, if there is one)")
    .option("--json", "JSON on standard output")
    .option("--no-color", "no colour");
}
