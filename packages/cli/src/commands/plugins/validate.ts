import { existsSync } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { errorMessage, neutralise } from "@berth/base";
import { formatProblem, HostError, isHostError, type Manifest, type Problem } from "@berth/contract";
import { MANIFEST_FILE, readManifest } from "@berth/kernel/manifest";
import { checkModules } from "@berth/registry/scan";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { readHostProject } from "../../host-project.ts";
import { terminalFor, type Terminal } from "../../terminal/terminal.ts";
import { noSuchPlugin, openPlugins, namesOf, type PluginsFlags } from "./session.ts";

/** Options of `berth plugins validate`. */
export interface ValidateFlags extends PluginsFlags {
  load?: boolean;
}

/** Nothing is run; so long takes only a folder that is no plugin. */
const LIMIT_MS = 120_000;

/** What was looked at, and what is wrong with it. */
interface Validation {
  folder: string;
  plugin: { name: string; version: string } | undefined;
  /** How many modules parse. */
  modules: number;
  /** What its contributions turned out to be; absent when it was not loaded. */
  contributions?: readonly string[];
  problems: readonly Problem[];
}

/** `berth plugins validate [FOLDER|NAME]`: 1 when something is wrong with it. */
export async function validatePlugin(
  context: CommandContext,
  what: string | undefined,
  flags: ValidateFlags,
): Promise<number> {
  const folder = await findFolder(context, what ?? ".", flags);
  const validation = await validate(context, folder, flags);
  if (flags.json) context.out.write(`${JSON.stringify({ version: 1, ...validation })}\n`);
  else for (const line of lines(terminalFor(context, flags), validation)) context.out.write(`${line}\n`);
  return validation.problems.length === 0 ? EXIT.ok : EXIT.failed;
}

/** A folder that is there, or the folder of the plugin of that name, also of one that the host cannot use. */
async function findFolder(context: CommandContext, what: string, flags: ValidateFlags): Promise<string> {
  const folder = resolve(context.cwd, what);
  if (existsSync(join(folder, MANIFEST_FILE))) return folder;
  if (what === "." || what.includes("/") || what.includes("\\")) {
    throw new HostError(
      "CONFIG_NOT_FOUND",
      `Cannot validate ${folder}: it has no ${MANIFEST_FILE}; name a plugin or its folder`,
    );
  }
  await using session = await openPlugins(context, flags);
  const { survey } = session;
  const found =
    survey.plugins.find(({ plugin }) => plugin.name === what)?.plugin.folder ??
    survey.broken.find((broken) => basename(broken.folder) === what)?.folder;
  if (found === undefined)
    throw noSuchPlugin(what, [...namesOf(survey), ...survey.broken.map((one) => basename(one.folder))]);
  return found;
}

async function validate(context: CommandContext, folder: string, flags: ValidateFlags): Promise<Validation> {
  const file = join(folder, MANIFEST_FILE);
  const reading = await readManifest(await readFile(file), file);
  if ("problems" in reading) return { folder, plugin: undefined, modules: 0, problems: reading.problems };
  const { manifest } = reading;
  const { name, version } = manifest.plugin;
  const code = await checkCode(folder, manifest);
  const about = { folder, plugin: { name, version }, ...code };
  if (!flags.load || code.problems.length > 0) return about;
  return { ...about, ...(await tryToLoad(context, folder, name, flags)) };
}

/** Programs and components are bytes: that the file is there is all that can be seen. */
async function checkCode(folder: string, { runtime }: Manifest): Promise<Pick<Validation, "modules" | "problems">> {
  const { entry, type } = runtime;
  if (type !== "node") {
    const file = join(folder, entry);
    const problems = existsSync(file)
      ? []
      : [{ file, path: "", message: "is named by runtime.entry, and is not there" }];
    return { modules: 0, problems };
  }
  const { modules, problems } = await checkModules(folder, { entry, signal: AbortSignal.timeout(LIMIT_MS) });
  return { modules, problems: problems.map((problem) => ({ ...problem, file: join(folder, problem.file), path: "" })) };
}

/** With no permission at all, in the sandbox for its kind of code: what it says it provides is what it must have. */
async function tryToLoad(
  context: CommandContext,
  folder: string,
  name: string,
  flags: ValidateFlags,
): Promise<Pick<Validation, "contributions" | "problems">> {
  const { describeAlone } = await import("./describe-alone.ts");
  const { roots: others } = await readHostProject(context, flags.config);
  try {
    const alone = { folder: await realpath(folder), name, others };
    return { contributions: await describeAlone(context, alone), problems: [] };
  } catch (error) {
    const code = isHostError(error) ? ` (${error.code})` : "";
    return { problems: [{ file: folder, path: "", message: `cannot be loaded: ${errorMessage(error)}${code}` }] };
  }
}

function lines(terminal: Terminal, { folder, plugin, modules, contributions, problems }: Validation): string[] {
  const name = plugin ? `${plugin.name} ${plugin.version}` : basename(folder);
  if (problems.length > 0) {
    const count = problems.length === 1 ? "one problem" : `${problems.length} problems`;
    return [
      terminal.paint("red", neutralise(`${name}: ${count}`)),
      ...problems.map((one) => `  ${neutralise(formatProblem(one))}`),
    ];
  }
  const code = modules === 0 ? "" : `, ${modules === 1 ? "its module parses" : `its ${modules} modules parse`}`;
  const loaded =
    contributions === undefined
      ? "It was not run; --load does that, in a sandbox."
      : `It was loaded in a sandbox and provides ${contributions.join(", ") || "nothing"}.`;
  return [`${terminal.paint("green", neutralise(name))}: the manifest is right${code}.`, loaded];
}
