import { neutralise } from "@berth/base";
import { Command, Help } from "commander";
import type { CommandContext, CommandResult } from "./command-context.ts";
import { addAuditCommands } from "./commands/audit/audit.ts";
import { addConfigCommands } from "./commands/config/config.ts";
import { addHealthCommand } from "./commands/health/health-command.ts";
import { addDevCommands } from "./commands/dev/dev.ts";
import { addSignageCommands } from "./commands/signage/signage.ts";
import { addPluginsCommands } from "./commands/plugins/plugins.ts";
import { addCompletion } from "./completion.ts";
import { VERSION } from "./version.ts";

const EXAMPLES = `
Examples:
  berth signage init       write a commented sources.yaml to start from
  berth signage run        draw its sources on their schedules, until Ctrl-C
  berth help signage       all that can be done with them
  berth run                run a host with its plugins, until Ctrl-C
  berth plugins list       which plugins there are, and what each may do
  berth health             how the host that runs is, for people and for scripts
  berth doctor             what this machine enforces, and what it lacks
`;

const DOCTOR_EXAMPLES = `
Examples:
  berth doctor                            what holds which limit here, and how to get what is missing
  berth doctor --json | jq .plugins       whether each plugin can run, for programs
  berth doctor > /dev/null || alert       in a deployment: 1 as soon as one plugin cannot run

Everything is found out by trying it, and nothing is changed. Exit codes: 0 every plugin can run, 1 not
every one can, 2 usage or configuration.
`;

const RUN_EXAMPLES = `
Examples:
  berth run                               with the plugins that berth.yaml names; a changed file reloads its plugin
  berth run --no-watch                    reload on command only: berth plugins reload NAME
  berth run --json | jq .event            a document for each thing that happens, one a line
  berth run --safe                        when it does not start: only what comes with Berth

What happens goes to standard output, the log to standard error. One host runs on a data folder.
Exit codes: 0 ended because nobody read its output, 1 it could not start, or lost a plugin
that is required, 2 usage or configuration,
130/143 stopped by a signal.
`;

/** Registers the exit code of whichever command ran. */
export type SetExitCode = (code: number) => void;

/** Makes an action of a function that resolves with an exit code. */
export type Action = <Args extends unknown[]>(
  run: (...args: Args) => CommandResult,
) => (...args: Args) => Promise<void>;

/** The whole command line. Commands are described here and loaded when they run. */
export function createProgram(context: CommandContext, setExitCode: SetExitCode): Command {
  const program = new Command("berth")
    .description("A plugin host for Node.js: isolated, supervised, replaced while running.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(add --help for usage)")
    .showSuggestionAfterError()
    .option("--safe", "for every command that runs a host: only plugins that come with Berth, in its own thread")
    .hook("preAction", (root, command) => {
      // Said before the command's name, it holds for the command.
      if (root.opts()["safe"] === true) command.setOptionValue("safe", true);
    })
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({
      // The shells' scripts ask it; people have no use for it.
      visibleCommands: (command) => new Help().visibleCommands(command).filter((child) => child.name() !== "complete"),
    })
    .configureOutput({
      writeOut: (text) => void context.out.write(text),
      // What was typed comes back in it.
      writeErr: (text) => void context.err.write(neutralise(text)),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  const action: Action =
    (run) =>
    async (...args) =>
      setExitCode(await run(...args));
  addSignageCommands(program, context, action);
  addPluginsCommands(program, context, action);
  addConfigCommands(program, context, action);
  addAuditCommands(program, context, action);
  addDevCommands(program, context, action);
  program
    .command("repeat")
    .description("run a command again and again: rpr by another name")
    .argument("[words...]", "a mode, its flags and the command; berth repeat --help says all")
    // Every word is its own to read.
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words: string[]) => {
      if (words[0] === "plugins") await program.parseAsync(words, { from: "user" });
      else setExitCode(await (await import("./commands/repeat/repeat.ts")).runRepeat(context, words));
    });
  program
    .command("run")
    .description("run a host with its plugins until it is told to stop")
    .option("--config <file>", "the host's configuration (default: berth.yaml, if there is one)")
    .option("--no-watch", "do not reload plugins when their files change")
    .option("--json", "JSON on standard output, one document a line")
    .option("--log-level <level>", "trace, debug, info, warn or error")
    .option("--safe", "only plugins that come with Berth, in its own thread (also: BERTH_SAFE=1)")
    .option("--no-color", "no colour")
    .addHelpText("after", RUN_EXAMPLES)
    .action(action(async (options) => (await import("./commands/run/run.ts")).runHost(context, options)));
  addHealthCommand(program, context, action);
  program
    .command("doctor")
    .description("say what this machine enforces, what is missing, and which plugins can run here")
    .option("--config <file>", "the host's configuration (default: berth.yaml, if there is one)")
    .option("--json", "JSON on standard output")
    .option("--no-color", "no colour")
    .addHelpText("after", DOCTOR_EXAMPLES)
    .action(action(async (options) => (await import("./commands/doctor.ts")).runDoctor(context, options)));
  addCompletion(program);
  return program;
}
