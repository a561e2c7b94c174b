import { nearest } from "@berth/base";
import { HostError } from "@berth/contract";
import { findConfig } from "../config/find-config.ts";
import { readConfigFile } from "../config/config-file.ts";
import { EXIT, type RprContext } from "../context.ts";
import type { FlagValue } from "../flags/flag.ts";
import { FLAGS } from "../flags/flag-table.ts";
import { FlagIndex, type ParsedLine, parseCommandLine, splitAtMode } from "../flags/parse-command-line.ts";
import { runHelp } from "../help/run-help.ts";
import type { PluginSide } from "../plugins/plugin-side.ts";
import { dryRun } from "../run/dry-run.ts";
import { openScheduleAt } from "../run/open-schedule-at.ts";
import { RUN_FLAGS } from "./job-flags.ts";
import { type JobEntry, type JobsFile, readJobs } from "./read-jobs.ts";
import { runJobs } from "./run-jobs.ts";

/** `rpr run FILE`: many jobs in one process. */
export async function runJobsCommand(
  words: readonly string[],
  context: RprContext,
  openPlugins: () => Promise<PluginSide>,
): Promise<number> {
  const { line, path } = readLine(words, context);
  if (line.values.get("help") === true) return print(context, runHelp(context.name));
  const isOn = (flag: string): boolean => line.values.get(flag) === true;
  const named = findConfig(line.values.get("config") as string | undefined, context);
  const own = named === undefined ? undefined : await readConfigFile(named, FLAGS);
  const file = await readJobs(path!, { context, openPlugins, own, over: forEveryJob(line) });
  const jobs = pick(file, line.values.get("only") as readonly string[] | undefined);
  if (isOn("validate")) return print(context, `${file.file}: ${counted(file.jobs.length)}, nothing is wrong\n`);
  if (isOn("dry-run")) return print(context, await dryRuns(jobs, file, context));
  return await runJobs(context, file, {
    jobs,
    maxParallel: (line.values.get("max-parallel") as number | undefined) ?? file.maxParallel,
    state: (line.values.get("state") as string | undefined) ?? file.state,
    isVerbose: isOn("verbose"),
    isQuiet: isOn("quiet"),
    hasTable: line.values.get("table") !== false && !isOn("json") && !isOn("quiet"),
    openPlugins,
  });
}

/** The file is the first word that is no flag; flags stand on both sides of it. */
function readLine(words: readonly string[], { name }: RprContext): { line: ParsedLine; path: string | undefined } {
  const index = new FlagIndex(RUN_FLAGS);
  const { before, mode: path, after } = splitAtMode(words, index);
  const line = parseCommandLine([...before, ...after], index);
  const problems = [...line.problems];
  if (line.command !== undefined) problems.push(`there is a second file, "${line.command}": run takes one`);
  if (path === undefined && line.values.get("help") !== true) problems.push("run needs a file, such as jobs.yaml");
  if (problems.length === 0) return { line, path };
  throw new HostError("CONFIG_INVALID", `${problems.join("; ")}. See ${name} run --help`);
}

function forEveryJob({ values }: ParsedLine): Map<string, FlagValue> {
  const flags = ["json", "quiet"].filter((flag) => values.get(flag) === true);
  return new Map(flags.map((flag) => [flag, true]));
}

/** @throws HostError `CONFIG_INVALID` for a name that no job has. */
function pick({ jobs, file }: JobsFile, only: readonly string[] | undefined): readonly JobEntry[] {
  if (only === undefined) return jobs;
  const names = jobs.map(({ name }) => name);
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length === 0 && only.length > 0) return jobs.filter(({ name }) => only.includes(name));
  const sentences = unknown.map((name) => {
    const meant = nearest(name, names);
    return `there is no job "${name}"${meant === undefined ? "" : `; did you mean ${meant}?`}`;
  });
  throw new HostError(
    "CONFIG_INVALID",
    `Cannot run a part of ${file}: ${sentences.join("; ") || "--only names no job"}`,
  );
}

async function dryRuns(jobs: readonly JobEntry[], { patterns }: JobsFile, context: RprContext): Promise<string> {
  const texts: string[] = [];
  for (const job of jobs) {
    await using opened = new AsyncDisposableStack();
    const text = await dryRun(job.settings, context.clock.now(), (at) =>
      openScheduleAt(at, { ...job, patterns }, context, opened),
    );
    texts.push(`${job.name}:\n${text.replaceAll(/^(?=.)/gm, "  ")}`);
  }
  return texts.join("");
}

function counted(jobs: number): string {
  return jobs === 1 ? "1 job" : `${jobs} jobs`;
}

async function print(context: RprContext, text: string): Promise<number> {
  await context.out.write(Buffer.from(text));
  return EXIT.ok;
}
