import { neutralise, errorMessage } from "@berth/base";
import { HostError, isHostError } from "@berth/contract";
import { findConfig } from "./config/find-config.ts";
import type { FileSettings } from "./config/config-file.ts";
import { Settings } from "./config/settings.ts";
import { EXIT, type RprContext } from "./context.ts";
import type { FlagSpec, FlagValue } from "./flags/flag.ts";
import { FLAGS } from "./flags/flag-table.ts";
import { findMode, meantBy, MODES, type ModeSpec } from "./flags/mode-table.ts";
import { FlagIndex, parseCommandLine, splitAtMode } from "./flags/parse-command-line.ts";
import { unknownWord } from "./help/unknown-word.ts";
import { openSchedule } from "./modes/open-schedule.ts";
import { processContext } from "./process-context.ts";
import type { PluginSide } from "./plugins/plugin-side.ts";
import { settingProblems, uselessFlags } from "./run/check-assignment.ts";
import { QuickStartExecutor } from "./run/quick-start-executor.ts";
import { repeat } from "./run/repeat.ts";

/** Runs one command line, without the program's name, and resolves with the exit code. Never rejects. */
export async function main(argv: readonly string[], context: RprContext = processContext()): Promise<number> {
  let code: number;
  try {
    code = await run(argv, context);
  } catch (error) {
    await context.err.write(Buffer.from(`${context.name}: ${neutralise(errorMessage(error))}\n`));
    code = isHostError(error) && error.info.fault === "caller" ? EXIT.usage : EXIT.failed;
  }
  // What could not be written was said.
  return context.flush().then(
    () => code,
    () => (code === EXIT.ok ? EXIT.failed : code),
  );
}

async function run(argv: readonly string[], context: RprContext): Promise<number> {
  const { before, mode: word, after } = splitAtMode(argv, new FlagIndex(FLAGS));
  // Before the mode -v asks for the version, after it for more words.
  if (before.some((flag) => flag === "--version" || flag === "-V" || flag === "-v"))
    return print(context, `${await version()}\n`);
  if (word === undefined || word === "--") return withoutMode(context, before);
  const words = [...before, ...after];
  switch (word) {
    case "help":
    case "examples":
    case "completion":
    case "complete":
    case "config":
      return (await import("./help/other-commands.ts")).runOtherCommand(word, words, context, (line) =>
        run(line, context),
      );
    case "run": {
      await using opened = new AsyncDisposableStack();
      const { runJobsCommand } = await import("./jobs/run-jobs-command.ts");
      return await runJobsCommand(words, context, pluginOpener(context, opened));
    }
    case "version":
      return print(context, `${await version()}\n`);
    default:
      return runMode(word, words, context);
  }
}

async function withoutMode(context: RprContext, before: readonly string[]): Promise<number> {
  const { overview } = await import("./help/help.ts");
  if (before.some((flag) => flag === "--help" || flag === "-h")) return print(context, overview(context.name));
  if (before.length === 0) {
    await context.err.write(Buffer.from(overview(context.name)));
    return EXIT.usage;
  }
  throw new HostError(
    "CONFIG_INVALID",
    `No mode is named. Write one before the command, such as ${context.name} interval --every 30s -- COMMAND`,
  );
}

async function version(): Promise<string> {
  return (await import("./version.ts")).VERSION;
}

async function print(context: RprContext, text: string): Promise<number> {
  await context.out.write(Buffer.from(text));
  return EXIT.ok;
}

async function runMode(word: string, words: readonly string[], context: RprContext): Promise<number> {
  await using opened = new AsyncDisposableStack();
  const openPlugins = pluginOpener(context, opened);
  const { mode, rest, pluginFlags, plugins } = await findAnyMode(word, words, openPlugins);
  const flags = [...FLAGS, ...pluginFlags];
  const index = new FlagIndex(distinct(flags));
  let line = parseCommandLine(rest, index);
  const foreign = line.hasUnknown ? await otherFlags(mode, flags, openPlugins) : [];
  if (foreign.length > 0) line = parseCommandLine(rest, new FlagIndex(distinct([...flags, ...foreign]), index));
  if (line.values.get("help") === true) {
    const { modeHelp } = await import("./help/help.ts");
    return print(context, modeHelp(mode, pluginFlags, context.name));
  }
  const settings = await readSettings(context, mode, flags, line.values);
  const problems = [
    ...line.problems,
    ...settings.problems,
    ...settingProblems(mode, settings, line.typed, context.clock.now()),
  ];
  if (line.command === undefined) problems.push("there is no command to run: write it at the end, after --");
  if (problems.length > 0) throw usageError(problems, mode, context);
  for (const sentence of uselessFlags(mode.name, [...FLAGS, ...foreign], line.typed)) {
    await context.err.write(Buffer.from(`${context.name}: ${sentence}\n`));
  }
  const { clock } = context;
  const pluginSchedule = plugins && (() => plugins.openScheduler(mode, pluginFlags, settings));
  if (settings.isOn("dry-run")) {
    const { dryRun } = await import("./run/dry-run.ts");
    const { openScheduleAt } = await import("./run/open-schedule-at.ts");
    const scheduled = { mode, pluginFlags, settings };
    const text = await dryRun(settings, clock.now(), (at) => openScheduleAt(at, scheduled, context, opened));
    return print(context, text);
  }
  const executor = settings.text("executor")!;
  const outputs = [...new Set([...settings.list("output"), ...settings.outputs])];
  // Awaited here: the host lives until this function ends.
  return await repeat(context, {
    mode: mode.name,
    plugin: mode.scheduler?.plugin,
    settings,
    command: line.command!,
    args: line.args,
    openSchedule: (state) => pluginSchedule?.() ?? openSchedule(mode.name, settings, { clock, state: state?.state }),
    openExecutor: async () => {
      if (executor === "shell") return new QuickStartExecutor(clock);
      return (await openPlugins()).openExecutor(executor, settings);
    },
    openOutputs: async () => {
      if (outputs.length === 0) return [];
      const side = await openPlugins();
      return Promise.all(outputs.map((name) => side.openOutput(name, settings)));
    },
  });
}

type OpenPlugins = () => Promise<PluginSide>;

/** The host is made when something needs a plugin, and then once. */
function pluginOpener(context: RprContext, opened: AsyncDisposableStack): OpenPlugins {
  let side: Promise<PluginSide> | undefined;
  return () => (side ??= open());
  async function open(): Promise<PluginSide> {
    const { openPluginSide } = await import("./plugins/open-plugin-side.ts");
    return opened.use(await openPluginSide(context));
  }
}

interface FoundMode {
  mode: ModeSpec;
  rest: readonly string[];
  pluginFlags: readonly FlagSpec[];
  plugins: PluginSide | undefined;
}

async function findAnyMode(word: string, words: readonly string[], openPlugins: OpenPlugins): Promise<FoundMode> {
  const isNamedPlugin = word === "plugin";
  const known = isNamedPlugin ? undefined : findMode(word);
  if (known && !known.scheduler) return { mode: known, rest: words, pluginFlags: [], plugins: undefined };
  const [name, rest] = isNamedPlugin ? [words[0], words.slice(1)] : [word, words];
  const plugins = await openPlugins();
  if (name === undefined || name.startsWith("-")) {
    const names = plugins.schedulerNames().join(", ");
    throw new HostError("CONFIG_INVALID", `plugin needs the name of a scheduler after it: ${names}`);
  }
  const mode = known ? meantBy(known, rest) : plugins.modeOf(name);
  if (!mode) {
    const names = new Set([...MODES.map((one) => one.name), ...plugins.schedulerNames()]);
    const aliases = MODES.flatMap((one) => one.aliases);
    throw unknownWord(name, "mode", [...names], aliases);
  }
  return { mode, rest, pluginFlags: await plugins.flagsOf(mode, rest), plugins };
}

/** What is meant for other modes, and is taken in this one as it is in the upstream's: to no effect. */
async function otherFlags(
  mode: ModeSpec,
  flags: readonly FlagSpec[],
  openPlugins: OpenPlugins,
): Promise<readonly FlagSpec[]> {
  // A plugin that cannot be loaded is of no concern here: the flag stays unknown.
  const others = await openPlugins().then(
    (plugins) => plugins.flagsOfOtherModes(mode),
    () => [],
  );
  return others.filter(({ name }) => !flags.some((flag) => flag.name === name));
}

/** A plugin may name a setting as the core names a flag: the core's is meant. */
function distinct(flags: readonly FlagSpec[]): FlagSpec[] {
  // The first of a spelling is found last, so that it wins.
  return flags.toReversed();
}

async function readSettings(
  context: RprContext,
  mode: ModeSpec,
  flags: readonly FlagSpec[],
  typed: ReadonlyMap<string, FlagValue>,
): Promise<Settings> {
  const path = findConfig(typed.get("config") as string | undefined, context);
  let file: FileSettings | undefined;
  if (path !== undefined) file = await (await import("./config/config-file.ts")).readConfigFile(path, flags);
  return new Settings({ flags, typed, env: context.env, file, mode: mode.name });
}

function usageError(problems: readonly string[], mode: ModeSpec, { name }: RprContext): HostError {
  const hint = `See ${name} ${mode.name} --help`;
  const [first = "", ...others] = problems;
  const message =
    others.length === 0
      ? `${first}${first.endsWith("?") ? "" : "."} ${hint}`
      : `${problems.length} things are wrong:\n${problems.map((one) => `  ${one}`).join("\n")}\n${hint}`;
  return new HostError("CONFIG_INVALID", message, { details: { problems: [...problems] } });
}
