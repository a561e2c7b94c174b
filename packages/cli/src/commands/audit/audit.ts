import type { Command } from "commander";
import type { CommandContext } from "../../command-context.ts";
import type { Action } from "../../program.ts";

const EXAMPLES = {
  audit: `
  berth audit list                          what was done to plugins, and by whom
  berth audit verify                        that nothing of it was changed or taken out
  berth audit key > audit.pub               the public key: keep it on another machine`,
  verify: `
  berth audit verify                        every record, every signature, and the end
  berth audit verify --key audit.pub        signed by the key that was kept elsewhere, and by no other
  berth audit verify --json | jq .problem

The first thing that is wrong is named with its file and place. A host may run meanwhile.
Exit codes: 0 sound, 1 not, 2 usage or configuration.`,
  list: `
  berth audit list --plugin stock           of one plugin
  berth audit list --action grant.          all kinds that begin with grant.
  berth audit list --by ada --since 2d      what ada did in the last two days; also m, h, or a date
  berth audit list -f --json                what comes, one document a line, until Ctrl-C`,
  export: `
  berth audit export > audit.jsonl          every record as it is, in its order, with its hash
  berth audit export --since 2026-01-01 --plugin stock`,
} as const;

const examples = (name: keyof typeof EXAMPLES): string => `\nExamples:${EXAMPLES[name]}\n`;

/** `berth audit …`: what was done, by whom, and whether the record of it can be trusted. */
export function addAuditCommands(program: Command, context: CommandContext, action: Action): void {
  const audit = program
    .command("audit")
    .description("what was done to plugins, grants and configuration, and whether that record is whole")
    .addHelpText("after", examples("audit"));
  withShared(audit.command("verify"))
    .description("check every record, every signature and the end; name the first thing that is wrong")
    .option("--key <file or key>", "the public key that is to have signed it, as `berth audit key` printed it")
    .option("--known-loss <record>", "what hosts found gone, and told of up to that record, was looked at")
    .option("--json", "JSON on standard output")
    .addHelpText("after", examples("verify"))
    .action(action(async (options) => (await import("./verify.ts")).verifyAuditLog(context, options)));
  withFilters(withShared(audit.command("list")))
    .description("list what was done, the newest last")
    .option("--limit <count>", "how many, the newest", "50")
    .option("-f, --follow", "go on with what comes")
    .option("--all", "also what the log writes for itself")
    .option("--json", "JSON on standard output, one document a line")
    .addHelpText("after", examples("list"))
    .action(action(async (options) => (await import("./list.ts")).listAudit(context, options)));
  withFilters(withShared(audit.command("export")))
    .description("write the records as they are, one a line, the oldest first")
    .addHelpText("after", examples("export"))
    .action(action(async (options) => (await import("./export.ts")).exportAudit(context, options)));
  withShared(audit.command("key"))
    .description("print the public key that the host signs its audit log with")
    .action(action(async (options) => (await import("./key.ts")).printAuditKey(context, options)));
}

function withShared(command: Command): Command {
  return command
    .option("--config <file>", "the host's configuration (default: berth.yaml, if there is one)")
    .option("--no-color", "no colour");
}

function withFilters(command: Command): Command {
  return command
    .option("--plugin <name>", "of that plugin")
    .option("--action <kind>", "of that kind, as `grant.given`; all that begin so when it ends with a dot")
    .option("--by <actor>", "by order of that user")
    .option("--since <time>", "from then on: a date, or how long ago: 30m, 12h, 7d");
}
