import type { Command } from "commander";
import type { CommandContext } from "../../command-context.ts";
import type { Action } from "../../program.ts";
import { addLifeCommands } from "./life-commands.ts";
import { addLookCommands } from "./look-commands.ts";
import { addWatchCommands } from "./watch-commands.ts";

/** What stands under the help of each command: one line a way to use it. */
const EXAMPLES = {
  plugins: `
  berth plugins list                        which plugins there are, and how each stands
  berth plugins info stock                  all there is to know of one
  berth plugins top                         live: what each uses, how it is, what is a problem
  berth plugins reload stock                the new version, while it serves; rollback takes it back
  berth plugins permissions stock           what it asks, what it has, what holds its limits
  berth plugins scan stock                  what its code does that is worth a look, without running it
  berth plugins grant stock                 read what it asks, then say yes or no
  berth plugins revoke stock                take back what was granted

A stranger's plugin has nothing until it is granted: by command, or in berth.yaml, whose word wins.
Exit codes: 0 done, 1 it could not be done or you said no, 2 usage or configuration.`,
  list: `
  berth plugins list                        TIER is how it is run, HAS what it was granted; STATE if a host runs
  berth plugins list --watch                redrawn as things change, until Ctrl-C
  berth plugins list --json | jq '.plugins[] | select(.grant == "held")'`,
  deps: `
  berth plugins deps                        a tree: who is bound to which version of whom
  berth plugins deps stock                  of one plugin, with who needs it
  berth plugins deps --json | jq '.plugins[] | {id, requires}'`,
  "check-deps": `
  berth plugins check-deps                  what cannot be used, and who asks for what is not there
  berth plugins check-deps --resolve        also what to install, to update or to change
  berth plugins check-deps --json | jq '.problems[].message'

Exit codes: 0 every plugin has what it needs, 1 one has not, 2 usage or configuration.`,
  permissions: `
  berth plugins permissions stock           in plain words, then entry by entry
  berth plugins permissions stock --used    with how often each was used, and what was refused
  berth plugins permissions stock --learn   the least [permissions] for its plugin.toml, from what it used
  berth plugins permissions stock --json    for programs

An entry that was never used in weeks of work is one that nobody needs: an author takes it out of
plugin.toml, an operator grants without it.`,
  grant: `
  berth plugins grant stock                                read it, then yes or no
  berth plugins grant stock --all --yes                    all it asks, without a question
  berth plugins grant stock --network api.example.org      this host and nothing else
  berth plugins grant stock --network "GET api.example.org/v1/*" --secret "KEY -> api.example.org" --yes
  berth plugins grant stock --all --pin                    hold it whenever its code changes

What is listed is separated by spaces and may be narrower than what the plugin asks. What is not named
is not granted, and what was granted before is replaced. A new version that asks for more is held until
you grant it again; one that asks for the same or less goes on. --pin holds any other code.
Exit codes: 0 granted, 1 you said no or it could not be kept, 2 usage or configuration.`,
  scan: `
  berth plugins scan stock                  dangers first, each with file, line and column
  berth plugins scan stock --json | jq '.findings[] | select(.weight == "danger")'

A scan reads the syntax of all JavaScript and TypeScript in the plugin's folder and runs none of it. It
finds what is careless or plain; what hides from it, the sandbox holds.
Exit codes: 0 no danger, 1 danger was found, 2 usage or configuration.`,
  revoke: `
  berth plugins revoke stock                it has nothing from its next start on
  berth plugins revoke stock --json`,
} as const;

const examples = (name: keyof typeof EXAMPLES): string => `\nExamples:${EXAMPLES[name]}\n`;

/** `berth plugins …`: which plugins there are, and what each may do. */
export function addPluginsCommands(program: Command, context: CommandContext, action: Action): void {
  const plugins = program
    .command("plugins")
    .description("see which plugins there are, replace them while they serve, decide what each may do")
    .addHelpText("after", examples("plugins"));
  withShared(plugins.command("list"))
    .description("list the plugins: how they stand, version, tier, trust, and what they have of what they ask")
    .option("--watch", "show it again whenever it changes, until Ctrl-C; a host must run")
    .addHelpText("after", examples("list"))
    .action(action(async (options) => (await import("./list.ts")).listPlugins(context, options)));
  addLifeCommands(plugins, context, action);
  addWatchCommands(plugins, context, action);
  addLookCommands(plugins, context, action);
  withShared(plugins.command("deps"))
    .description("show who needs whom, and which version each is bound to")
    .argument("[name]", "one plugin (default: all)")
    .addHelpText("after", examples("deps"))
    .action(action(async (name, options) => (await import("./deps.ts")).showDependencies(context, name, options)));
  withShared(plugins.command("check-deps"))
    .description("check that every plugin has what it needs")
    .option("--resolve", "say what would help as well")
    .addHelpText("after", examples("check-deps"))
    .action(action(async (options) => (await import("./check-deps.ts")).checkDependencies(context, options)));
  withShared(plugins.command("permissions"))
    .description("show what a plugin asks, what it has, what it used, and what holds its limits")
    .argument("<name>", "the plugin")
    .option("--used", "also how often each was used, and what was refused")
    .option("--learn", "the least permissions for plugin.toml, from what was used")
    .addHelpText("after", examples("permissions"))
    .action(
      action(async (name, options) => (await import("./permissions.ts")).showPermissions(context, name, options)),
    );
  withGrantFlags(withShared(plugins.command("grant")))
    .description("let a plugin do what it asks, or a part of it")
    .argument("<name>", "the plugin")
    .addHelpText("after", examples("grant"))
    .action(action(async (name, options) => (await import("./grant.ts")).grantPlugin(context, name, options)));
  withShared(plugins.command("scan"))
    .description("look through a plugin's code for what its manifest does not ask")
    .argument("<name>", "the plugin")
    .addHelpText("after", examples("scan"))
    .action(action(async (name, options) => (await import("./scan.ts")).scanPlugin(context, name, options)));
  withShared(plugins.command("revoke"))
    .description("take back what was granted to a plugin by command")
    .argument("<name>", "the plugin")
    .addHelpText("after", examples("revoke"))
    .action(action(async (name, options) => (await import("./revoke.ts")).revokePlugin(context, name, options)));
}

function withShared(command: Command): Command {
  return command
    .option("--config <file>", "the host's configuration (default: berth.yaml, if there is one)")
    .option("--json", "JSON on standard output")
    .option("--no-color", "no colour");
}

function withGrantFlags(command: Command): Command {
  return command
    .option("--all", "all that it asks")
    .option("--network <host...>", "hosts it may reach")
    .option("--read <folder...>", "folders it may read below")
    .option("--write <folder...>", "folders it may change below")
    .option("--exec <program...>", "programs it may run")
    .option("--secret <name...>", "secrets it may read, or have sent")
    .option("--env <name...>", "variables of the environment it may read")
    .option("--service <name...>", "services it may call")
    .option("--publish <subject...>", "events it may publish")
    .option("--subscribe <subject...>", "events it may hear of")
    .option("--may <permission...>", "what it may ask of other plugins")
    .option("--pin", "hold it whenever its code is another")
    .option("-y, --yes", "do not ask");
}
