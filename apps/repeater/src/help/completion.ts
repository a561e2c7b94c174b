import type { RootCommand } from "@bomb.sh/tab";
import { HostError } from "@berth/contract";
import { EXIT, type RprContext } from "../context.ts";
import type { FlagSpec } from "../flags/flag.ts";
import { FLAGS } from "../flags/flag-table.ts";
import { RUN_FLAGS } from "../jobs/job-flags.ts";
import { findMode, MODES } from "../flags/mode-table.ts";
import { spellingsOf } from "../flags/parse-command-line.ts";
import { unknownWord } from "./unknown-word.ts";

const SHELLS = ["bash", "zsh", "fish", "powershell"];

const COMMANDS: Readonly<Record<string, string>> = {
  run: "many jobs of a file",
  help: "the flags of a mode, with examples",
  examples: "command lines for common tasks",
  "config show": "which settings hold",
  completion: "a script for a shell",
  plugins: "what is installed",
  plugin: "a scheduler of a plugin by its name",
  version: "the version",
};

/** `rpr completion SHELL` prints a script; the script asks `rpr complete -- WORDS`. */
export async function completion(word: string, words: readonly string[], context: RprContext): Promise<number> {
  const { default: root } = await import("@bomb.sh/tab");
  if (word === "completion") {
    const [shell] = words;
    if (shell === undefined) throw new HostError("CONFIG_INVALID", `completion needs a shell: ${SHELLS.join(", ")}`);
    if (!SHELLS.includes(shell)) throw unknownWord(shell, "shell that is known", SHELLS);
    // It puts the name into a script: a name of two words cannot be completed by itself.
    root.setup("rpr", "rpr", shell);
    return EXIT.ok;
  }
  const typed = words[0] === "--" ? words.slice(1) : [...words];
  // What comes after it is the command's.
  if (typed.slice(0, -1).includes("--")) return EXIT.ok;
  await describe(root, typed, context);
  root.parse([...typed]);
  return EXIT.ok;
}

type Root = RootCommand;

async function describe(root: Root, typed: readonly string[], context: RprContext): Promise<void> {
  for (const [name, what] of Object.entries(COMMANDS)) root.command(name, what);
  for (const flag of RUN_FLAGS) addFlag(root.commands.get("run")!, flag);
  for (const mode of MODES) {
    for (const name of [mode.name, ...mode.aliases]) {
      const command = root.command(name, mode.summary);
      for (const flag of FLAGS.filter(({ modes }) => !modes || modes.includes(mode.name))) addFlag(command, flag);
    }
  }
  for (const [name, flags] of await pluginFlags(typed, context)) {
    const command = root.commands.get(name) ?? root.command(name, "a scheduler of a plugin");
    for (const flag of flags) addFlag(command, flag);
    if (!findMode(name)) for (const flag of FLAGS.filter(({ modes }) => !modes)) addFlag(command, flag);
  }
}

/** A host is made only where it can matter: in a mode of a plugin. */
async function pluginFlags(
  [name, ...rest]: readonly string[],
  context: RprContext,
): Promise<Iterable<readonly [string, readonly FlagSpec[]]>> {
  const known = name === undefined ? undefined : findMode(name);
  if (
    name === undefined ||
    rest.length === 0 ||
    name.startsWith("-") ||
    (known && !known.scheduler) ||
    name in COMMANDS
  )
    return [];
  try {
    const { openPluginSide } = await import("../plugins/open-plugin-side.ts");
    await using plugins = await openPluginSide(context);
    const mode = known ?? plugins.modeOf(name);
    return mode ? [[name, await plugins.flagsOf(mode, rest)]] : [];
  } catch {
    return []; // Somebody presses Tab: no place for an error.
  }
}

function addFlag(command: ReturnType<Root["command"]>, flag: FlagSpec): void {
  const short = spellingsOf(flag)
    .find((spelling) => !spelling.startsWith("--"))
    ?.slice(1);
  if (flag.kind === "switch") command.option(flag.name, flag.help, short ?? "");
  else command.option(flag.name, flag.help, (complete) => flag.oneOf?.forEach((value) => complete(value, "")), short);
  if (flag.off) command.option(flag.off.slice(2), flag.help);
}
