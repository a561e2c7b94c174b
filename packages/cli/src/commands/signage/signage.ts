import { nearest, neutraliseLine } from "@berth/base";
import type { Command } from "commander";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Action } from "../../program.ts";

const EXIT_CODES = "Exit codes: 0 all fine, 1 a source failed, 2 usage or configuration, 130/143 stopped by a signal.";

/** What stands under the help of each command: one line a way to use it. */
const EXAMPLES = {
  signage: `
  berth signage init                        write a commented sources.yaml to start from
  berth signage run                         run every source on its schedule, until Ctrl-C
  berth signage run --once --source home    one run of one source, then exit
  berth signage plan                        when each source runs next
  berth signage render home -o home.png     draw the last content of a source again

${EXIT_CODES}`,
  run: `
  berth signage run                         until Ctrl-C, with a table of what goes on
  berth signage run --once                  one run of every source, for an external cron
  berth signage run --source home office    only these two
  berth signage run --dry-run               what would run, and whether the file is right
  berth signage run --json | jq .           for programs: one document a line

${EXIT_CODES}`,
  validate: `
  berth signage validate                    every problem, with file, line and column
  berth signage validate --json             for programs
  berth signage validate --environment tv   with sources.tv.yaml over it`,
  plan: `
  berth signage plan                        the next five runs of each source, in its own time zone
  berth signage plan -n 1 --source home     the next run of one`,
  render: `
  berth signage render home                              home.png, from what the source gave last
  berth signage render home --layout grid --size 800x450 another look
  berth signage render --content data.json -o data.png   content from a file`,
  migrate: `
  berth signage migrate --dry-run           what would be written
  berth signage migrate --env-file old.env  from another file than .env`,
  init: `
  berth signage init                        then: berth signage run --once
  berth signage init --config tv.yaml       under another name`,
} as const;

const examples = (name: keyof typeof EXAMPLES): string => `\nExamples:${EXAMPLES[name]}\n`;

/** `berth signage …`: pictures from `sources.yaml`. */
export function addSignageCommands(program: Command, context: CommandContext, action: Action): void {
  const signage = program
    .command("signage")
    .description("draw pictures from the sources in sources.yaml")
    .addHelpText("after", examples("signage"));
  withShared(signage.command("run", { isDefault: true }))
    .description("run the sources on their schedules, or once")
    .allowExcessArguments()
    .hook("preAction", (_, run) => refuseUnknownCommand(signage, run))
    .option("--once", "run each source once, now, and exit (for an external cron)")
    .option("--source <id...>", "only these sources")
    .option("--dry-run", "check everything and show what would run; fetch and write nothing")
    .option("--migrate", "as `berth signage migrate`")
    .option("--validate", "as `berth signage validate`")
    .addHelpText("after", examples("run"))
    .action(action(async (options) => (await import("./run.ts")).runSignage(context, options)));
  withShared(signage.command("validate"))
    .description("check the configuration and report every problem")
    .addHelpText("after", examples("validate"))
    .action(action(async (options) => (await import("./validate.ts")).validateSignage(context, options)));
  withShared(signage.command("plan"))
    .description("show when each source runs next")
    .option("-n, --runs <count>", "runs to show for each source", "5")
    .option("--source <id...>", "only these sources")
    .addHelpText("after", examples("plan"))
    .action(action(async (options) => (await import("./plan.ts")).planSignage(context, options)));
  withShared(signage.command("render"))
    .description("draw content without fetching: the last content of a source, or a file")
    .argument("[source]", "id of a source that has run before")
    .option("--content <file>", "content as JSON, in place of a source's")
    .option("--layout <name>", "the layout to draw with")
    .option("--size <WxH>", "such as 1920x1080; default: the configuration's")
    .option("-o, --output <file>", "the PNG to write; default: NAME.png here")
    .addHelpText("after", examples("render"))
    .action(action(async (source, options) => (await import("./render.ts")).renderSignage(context, source, options)));
  signage
    .command("migrate")
    .description("write a sources.yaml from the environment and .env of the older program")
    .option("--config <file>", "the file to write", "sources.yaml")
    .option("--env-file <file>", "the .env to read", ".env")
    .option("--force", "overwrite the file if it is there")
    .option("--dry-run", "print what would be written")
    .addHelpText("after", examples("migrate"))
    .action(action(async (options) => (await import("./migrate.ts")).migrateSignage(context, options)));
  signage
    .command("init")
    .description("write a commented sources.yaml to start from")
    .option("--config <file>", "the file to write", "sources.yaml")
    .option("--force", "overwrite the file if it is there")
    .addHelpText("after", examples("init"))
    .action(action(async (options) => (await import("./init.ts")).initSignage(context, options)));
}

/** `run` is what `berth signage` means alone, so a mistyped command arrives there as an argument. */
function refuseUnknownCommand(signage: Command, run: Command): void {
  const [word] = run.args;
  if (word === undefined) return;
  const names = signage.commands.map((command) => command.name());
  const meant = nearest(word, names);
  const hint = meant === undefined ? `There are ${names.join(", ")}` : `Did you mean ${meant}?`;
  signage.error(`error: unknown command '${neutraliseLine(word, 100)}'\n(${hint})`, { exitCode: EXIT.usage });
}

function withShared(command: Command): Command {
  return command
    .option("--config <file>", "the sources file", "sources.yaml")
    .option("--environment <name>", "also read sources.NAME.yaml over it (default: $BERTH_ENV)")
    .option("--env-file <file>", "read variables from a .env file too; the environment wins")
    .option("--host-config <file>", "the host's configuration (default: berth.yaml, if there is one)")
    .option("--json", "JSON on standard output, one document a line")
    .option("--log-level <level>", "trace, debug, info, warn or error")
    .option("--safe", "only plugins that come with Berth, in its own thread (also: BERTH_SAFE=1)")
    .option("--no-color", "no colour");
}
