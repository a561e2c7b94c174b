import type { Command } from "commander";
import type { CommandContext } from "../../command-context.ts";
import type { Action } from "../../program.ts";

const EXAMPLES = {
  info: `
  berth plugins info stock                  version, folder, tier, state, limits and what it used of them
  berth plugins info stock --json | jq .live.health`,
  validate: `
  berth plugins validate                    the plugin in this folder: manifest and modules, without running it
  berth plugins validate plugins/stock --load   also load it, in a sandbox and without a permission
  berth plugins validate stock --json | jq .problems

Every problem is told at once, with file, line and column. Exit codes: 0 sound, 1 not, 2 no such plugin.`,
  enable: `
  berth plugins enable stock                used again from now on; a running host needs no restart`,
  disable: `
  berth plugins disable stock               stopped when its calls have ended, and not loaded again
  berth plugins disable clock --with-dependents   and first all plugins that cannot do without it

It holds until \`berth plugins enable\`, over restarts. What berth.yaml says under plugins.NAME.enabled wins.`,
  restart: `
  berth plugins restart stock               stopped if it runs, and started again at once
  berth plugins restart stock --json

Also one that was given up because it ended by itself too often: nothing is counted of what was, and what
was stopped because of it is started with it. A host must run. Exit codes: 0 it serves, 1 it does not
start or no host runs, 2 usage or configuration.`,
  reload: `
  berth plugins reload stock                from its folder, while it serves; refused, the old one goes on
  berth plugins reload --all                every plugin that is loaded
  berth plugins reload stock --watch        and then tell of what happens to it

While the new version is on probation it may still be put back; \`berth plugins rollback stock --list\` shows
which one serves, and which failed.

A host must run: \`berth run\`, \`berth signage run\`. Exit codes: 0 the new version serves, 1 the old one goes on
or no host runs, 2 usage or configuration.`,
  rollback: `
  berth plugins rollback stock              to the version before, with its settings and its state
  berth plugins rollback stock --list       which versions are kept
  berth plugins rollback stock --to 3       to one of them

The last 10 versions of a plugin are kept. Exit codes: 0 the older version serves, 1 it does not, or no
host runs, 2 usage or configuration.`,
} as const;

const examples = (name: keyof typeof EXAMPLES): string => `\nExamples:${EXAMPLES[name]}\n`;

/** The commands of `berth plugins` that look at a plugin's life and change it. */
export function addLifeCommands(plugins: Command, context: CommandContext, action: Action): void {
  withShared(plugins.command("info"))
    .description("show all there is to know of a plugin: state, health, limits, who needs it, versions kept")
    .argument("<name>", "the plugin")
    .addHelpText("after", examples("info"))
    .action(action(async (name, options) => (await import("./info.ts")).showPlugin(context, name, options)));
  withShared(plugins.command("validate"))
    .description("check a plugin's manifest and modules, and with --load whether it starts")
    .argument("[plugin]", "its folder, or its name (default: this folder)")
    .option("--load", "load it as well, in a sandbox, granted nothing")
    .addHelpText("after", examples("validate"))
    .action(action(async (what, options) => (await import("./validate.ts")).validatePlugin(context, what, options)));
  withShared(plugins.command("enable"))
    .description("let a plugin be used again that was disabled by command")
    .argument("<name>", "the plugin")
    .addHelpText("after", examples("enable"))
    .action(action(async (name, options) => (await import("./switch.ts")).enablePlugin(context, name, options)));
  withShared(plugins.command("disable"))
    .description("stop a plugin, and do not load it again")
    .argument("<name>", "the plugin")
    .option("--with-dependents", "also all plugins that cannot do without it")
    .addHelpText("after", examples("disable"))
    .action(action(async (name, options) => (await import("./switch.ts")).disablePlugin(context, name, options)));
  withShared(plugins.command("restart"))
    .description("stop a plugin of a running host and start it again, also one that was given up")
    .argument("<name>", "the plugin")
    .addHelpText("after", examples("restart"))
    .action(action(async (name, options) => (await import("./restart.ts")).restartPlugin(context, name, options)));
  withShared(plugins.command("reload"))
    .description("replace a plugin of a running host by what its folder has now")
    .argument("[name]", "the plugin")
    .option("--all", "every plugin that is loaded")
    .option("--watch", "then tell of what happens to it, until Ctrl-C")
    .addHelpText("after", examples("reload"))
    .action(action(async (name, options) => (await import("./reload.ts")).reloadPlugins(context, name, options)));
  withShared(plugins.command("rollback"))
    .description("go back to a version of a plugin that ran before: its code, settings and state")
    .argument("<name>", "the plugin")
    .option("--to <id>", "a version, by its number in --list (default: the one before)")
    .option("--list", "show which versions are kept, and change nothing")
    .addHelpText("after", examples("rollback"))
    .action(action(async (name, options) => (await import("./rollback.ts")).rollbackPlugin(context, name, options)));
}

function withShared(command: Command): Command {
  return command
    .option("--config <file>", "the host's configuration (default: berth.yaml, if there is one)")
    .option("--json", "JSON on standard output")
    .option("--no-color", "no colour");
}
