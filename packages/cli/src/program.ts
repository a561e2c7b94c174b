import { neutralise } from "@berth/base";
import { Command, Help } from "commander";
import type { CommandContext, CommandResult } from "./command-context.ts";
import { addSignageCommands } from "./commands/signage/signage.ts";
import { addCompletion } from "./completion.ts";
import { VERSION } from "./version.ts";

const EXAMPLES = `
Examples:
  berth signage init       write a commented sources.yaml to start from
  berth signage run        draw its sources on their schedules, until Ctrl-C
  berth help signage       all that can be done with them
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
  addCompletion(program);
  return program;
}
