import type { Command } from "commander";
import type { CommandContext } from "../../command-context.ts";
import type { Action } from "../../program.ts";

/** What stands under the help of each command: one line a way to use it. */
const EXAMPLES = {
  config: `
  berth config validate                     every problem of berth.yaml, with file, line and column
  berth config show --origin                what holds in the end, and who says so
  berth config diff production              what berth.production.yaml changes
  berth config template stock               a commented entry for a plugin, ready to be pasted
  berth config migrate --dry-run            what a new version of a plugin wants otherwise
  berth config schema > berth.schema.json   for editors: with the settings of your plugins

Nothing but \`migrate\` writes. Exit codes: 0 done, 1 it could not be done, 2 usage or configuration.`,
  validate: `
  berth config validate                     the file, every plugin's settings, every section plugins add
  berth config validate -e production       with berth.production.yaml over it
  berth config validate --json | jq .problems

Exit codes: 0 fine, 2 not.`,
  show: `
  berth config show                         overlays laid over, variables and defaults filled in
  berth config show --origin                and for each value: file, line, overlay, variable or default
  berth config show --json --origin | jq '.values[] | select(.origin.from != "default")'

What is marked as secret, is named like one, or is text from the environment is masked.`,
  diff: `
  berth config diff production              berth.yaml alone, against berth.production.yaml laid over it
  berth config diff staging production      two environments
  berth config diff staging production --json | jq .differences`,
  template: `
  berth config template stock               in the language of your file
  berth config template --toml              all plugins, for berth.toml
  berth config template stock >> berth.yaml

What must be set has a value that is allowed; the rest is commented out, with its default.`,
  migrate: `
  berth config migrate --dry-run            what would change, value by value
  berth config migrate                      ask, then write; what the file was stays beside it
  berth config migrate stock --yes          one plugin, without a question
  berth config migrate stock --to 1         back, before an older version of the plugin is installed

The plugin's own migrations run, in its tier. Comments and all that is not touched stay as they are. When a
migration fails, or gives what the plugin does not take, nothing is written.
Exit codes: 0 done or nothing to do, 1 it could not be done or you said no, 2 usage or configuration.`,
  schema: `
  berth config schema > berth.schema.json
  # yaml-language-server: $schema=berth.schema.json      as the first line of berth.yaml`,
} as const;

const examples = (name: keyof typeof EXAMPLES): string => `\nExamples:${EXAMPLES[name]}\n`;

/** `berth config …`: what is configured, whether it is right, and where it comes from. */
export function addConfigCommands(program: Command, context: CommandContext, action: Action): void {
  const config = program
    .command("config")
    .description("check, show, compare and migrate the host's configuration")
    .addHelpText("after", examples("config"));
  withShared(config.command("validate"))
    .description("check the configuration with all that plugins add to it, and report every problem")
    .addHelpText("after", examples("validate"))
    .action(action(async (options) => (await import("./validate.ts")).validateConfig(context, options)));
  withShared(config.command("show"))
    .description("show the configuration that holds in the end, secrets masked")
    .option("--origin", "also say where each value comes from")
    .addHelpText("after", examples("show"))
    .action(action(async (options) => (await import("./show.ts")).showConfig(context, options)));
  withShared(config.command("diff"))
    .description("compare two environments, or the file with one, value by value")
    .argument("[before]", "an environment; alone: compared with the file without it")
    .argument("[after]", "another environment")
    .addHelpText("after", examples("diff"))
    .action(
      action(async (before, after, options) => (await import("./diff.ts")).diffConfig(context, before, after, options)),
    );
  withShared(config.command("template"))
    .description("write a commented entry for a plugin, from what its manifest says")
    .argument("[plugin]", "the plugin; absent: all of them")
    .option("--toml", "for berth.toml")
    .addHelpText("after", examples("template"))
    .action(action(async (name, options) => (await import("./template.ts")).showTemplate(context, name, options)));
  withShared(config.command("migrate"))
    .description("turn settings of older versions into what the plugins take now")
    .argument("[plugin]", "the plugin; absent: all of them")
    .option("--dry-run", "show what would change; write nothing")
    .option("--to <version>", "another version than the plugin's own")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", examples("migrate"))
    .action(action(async (name, options) => (await import("./migrate.ts")).migrateConfig(context, name, options)));
  withShared(config.command("schema"))
    .description("write the JSON Schema of this configuration, for editors")
    .addHelpText("after", examples("schema"))
    .action(action(async (options) => (await import("./schema.ts")).showSchema(context, options)));
}

function withShared(command: Command): Command {
  return command
    .option("--config <file>", "the host's configuration (default: berth.yaml, if there is one)")
    .option("-e, --environment <name>", "also read berth.NAME.yaml over it (default: $BERTH_ENV)")
    .option("--json", "JSON on standard output")
    .option("--no-color", "no colour");
}
