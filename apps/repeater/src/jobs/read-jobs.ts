import { nearest, type JsonValue } from "@berth/base";
import { isHostError, type Problem } from "@berth/contract";
import { CronPatterns } from "@berth/jobs";
import {
  checkDocument,
  configError,
  type ConfigDocument,
  expandDocument,
  readDocument,
  renameKeys,
  sortProblems,
} from "@berth/kernel/config";
import { type FileSettings } from "../config/config-file.ts";
import { fileKeyOf } from "../config/file-keys.ts";
import { Settings } from "../config/settings.ts";
import type { RprContext } from "../context.ts";
import type { FlagSpec, FlagValue } from "../flags/flag.ts";
import { FLAGS } from "../flags/flag-table.ts";
import { findMode, meantBy, MODES, type ModeSpec } from "../flags/mode-table.ts";
import { openPattern } from "../modes/cron-pattern.ts";
import type { PluginSide } from "../plugins/plugin-side.ts";
import { settingProblems } from "../run/check-assignment.ts";
import { JOB_FLAGS } from "./job-flags.ts";
import { commandOf, flagValue, IMPLYING, impliedMode } from "./job-values.ts";

/** One job of the file, ready to be run. */
export interface JobEntry {
  name: string;
  mode: ModeSpec;
  /** Of the plugin whose mode it is. */
  pluginFlags: readonly FlagSpec[];
  settings: Settings;
  command: string;
  args: readonly string[];
  /** What stands in the file, for telling whether it changed. */
  written: string;
}

/** A file of jobs that passed every check. */
export interface JobsFile {
  file: string;
  jobs: readonly JobEntry[];
  maxParallel: number;
  state: string | undefined;
  /** Shared by all: a parsed expression is large. */
  patterns: CronPatterns;
}

/** What {@link readJobs} needs. */
export interface ReadJobsOptions {
  context: RprContext;
  openPlugins: () => Promise<PluginSide>;
  /** The user's own settings, which are weaker than the file of jobs. */
  own: FileSettings | undefined;
  /** Stronger than the file: what the command line says for every job. */
  over: ReadonlyMap<string, FlagValue>;
}

type Written = Readonly<Record<string, JsonValue>>;

/** @throws HostError `CONFIG_NOT_FOUND`, or `CONFIG_INVALID` with every problem and its place. */
export async function readJobs(path: string, options: ReadJobsOptions): Promise<JobsFile> {
  const { cwd, env } = options.context;
  const read = await readDocument(path, { cwd, env });
  // Flags as they are typed are understood too; names of jobs and of variables are left alone.
  const renamed = await renameKeys(read, (key, at) => (isFlagLevel(at) ? key.replaceAll("-", "_") : key));
  const document = await expandDocument(renamed, { env });
  const { jobsSchema } = await import("./jobs-schema.ts");
  const { value, problems } = await checkDocument(jobsSchema, document);
  const reader = new JobReader(document, options);
  // Where even the syntax is wrong there is nothing to look into.
  if (read.problems.length === 0) await reader.readAll();
  // Of what both tell of, the reader knows what to do about it.
  const ofSchema = problems.filter(
    ({ path: at }) => !(COMMAND_WORD.test(at) && reader.problems.some((one) => one.path === at)),
  );
  const all = sortProblems([...ofSchema, ...reader.problems]);
  if (value === undefined || all.length > 0) throw configError(document.file, all);
  return {
    file: document.file,
    jobs: reader.jobs,
    maxParallel: value.max_parallel,
    state: value.state,
    patterns: reader.patterns,
  };
}

const COMMAND_WORD = /\.command\[\d+\]$/;

function isFlagLevel(path: readonly (string | number)[]): boolean {
  return (
    path.length === 0 || (path.length === 1 && path[0] === "defaults") || (path.length === 2 && path[0] === "jobs")
  );
}

/** Beside what the schema checks: modes, keys of plugins, and what does not go together. */
class JobReader {
  readonly jobs: JobEntry[] = [];
  readonly problems: Problem[] = [];
  readonly patterns = new CronPatterns();
  readonly #document: ConfigDocument;
  readonly #options: ReadJobsOptions;
  readonly #env: Record<string, string | undefined>;
  readonly #defaults: Written;
  readonly #core = vocabulary([]);
  /** By scheduler. */
  readonly #vocabularies = new Map<string, Vocabulary>();

  constructor(document: ConfigDocument, options: ReadJobsOptions) {
    this.#document = document;
    this.#options = options;
    // Asked some hundred times a job; asking the process each time takes longer than the rest.
    this.#env = Object.fromEntries(Object.entries(options.context.env).filter(([name]) => name.startsWith("RPR_")));
    this.#defaults = asMap((document.value as Written | null)?.["defaults"]) ?? {};
  }

  async readAll(): Promise<void> {
    const jobs = asMap(asMap(this.#document.value)?.["jobs"]) ?? {};
    for (const [name, written] of Object.entries(jobs)) {
      const map = asMap(written);
      if (map) await this.#read(name, map);
    }
  }

  async #read(name: string, written: Written): Promise<void> {
    const found = await this.#modeOf(name, written);
    if (!found) return;
    const { mode, words } = found;
    const { pluginFlags } = words;
    const typed = await this.#typedOf(name, written, mode, words);
    const { own, over, context } = this.#options;
    for (const [flag, value] of over) typed.set(flag, value);
    const settings = new Settings({ flags: words.all, typed, env: this.#env, file: own, mode: mode.name });
    const given = new Set([...typed.keys(), ...Object.keys(written).map((key) => key.replaceAll("_", "-"))]);
    const together = [...settings.problems, ...settingProblems(mode, settings, given, context.clock.now())];
    for (const sentence of together) await this.#complain(["jobs", name], sentence.replaceAll("--", ""), "key");
    await this.#checkPattern(name, mode, settings);
    const command = written["command"];
    if (Array.isArray(command)) await this.#checkWords(name, command);
    if (typeof command !== "string" && !Array.isArray(command)) return;
    this.jobs.push({
      name,
      mode,
      pluginFlags,
      settings,
      ...commandOf(command as string | string[]),
      written: JSON.stringify(written),
    });
  }

  /** How a number was written nobody knows after it was read: 010 would become 10. */
  async #checkWords(name: string, words: readonly JsonValue[]): Promise<void> {
    for (const [at, word] of words.entries()) {
      if (typeof word === "number" || typeof word === "boolean")
        await this.#complain(["jobs", name, "command", at], `must be text: write it in quotes, "${word}"`);
    }
  }

  async #modeOf(name: string, written: Written): Promise<{ mode: ModeSpec; words: Vocabulary } | undefined> {
    const said = written["mode"] ?? impliedMode([...Object.keys(written), ...Object.keys(this.#defaults)]);
    if (said === undefined) {
      await this.#complainOfUnknown(name, written, this.#core);
      await this.#complain(
        ["jobs", name],
        `says neither mode nor one of the keys that imply it: ${IMPLYING.join(", ")}`,
        "key",
      );
      return undefined;
    }
    // The schema says that it must be text.
    if (typeof said !== "string") return undefined;
    const known = findMode(said);
    if (known && !known.scheduler) return { mode: known, words: this.#core };
    const plugins = await this.#options.openPlugins();
    const words = Object.keys(written).map((key) => `--${key.replaceAll("_", "-")}`);
    const mode = known ? meantBy(known, words) : plugins.modeOf(said);
    if (mode) return { mode, words: await this.#vocabularyOf(plugins, mode, words) };
    const names = [...MODES.flatMap((one) => [one.name, ...one.aliases]), ...plugins.schedulerNames()];
    const meant = nearest(said, names);
    await this.#complain(["jobs", name, "mode"], `is no mode${meant === undefined ? "" : `; did you mean ${meant}?`}`);
    return undefined;
  }

  async #vocabularyOf(plugins: PluginSide, mode: ModeSpec, words: readonly string[]): Promise<Vocabulary> {
    const key = `${mode.scheduler?.plugin} ${mode.scheduler?.name}`;
    const known = this.#vocabularies.get(key) ?? vocabulary(await plugins.flagsOf(mode, words));
    this.#vocabularies.set(key, known);
    return known;
  }

  /** What the job and the defaults say, by flag. */
  async #typedOf(
    name: string,
    written: Written,
    mode: ModeSpec,
    { byKey }: Vocabulary,
  ): Promise<Map<string, FlagValue>> {
    const typed = new Map<string, FlagValue>();
    for (const [key, value] of Object.entries(this.#defaults)) {
      const flag = byKey.get(key);
      const isOfMode = flag && (!flag.modes || flag.modes.includes(mode.name));
      const parsed = isOfMode ? flagValue(flag, value) : undefined;
      if (parsed && "value" in parsed) typed.set(flag!.name, parsed.value);
    }
    await this.#complainOfUnknown(name, written, { byKey });
    for (const [key, value] of Object.entries(written)) {
      const flag = byKey.get(key);
      if (!flag) continue;
      if (flag.modes && !flag.modes.includes(mode.name)) {
        const sentence = `has no effect in mode ${mode.name}: it is for ${flag.modes.join(", ")}`;
        await this.#complain(["jobs", name, key], sentence, "key");
      }
      const parsed = flagValue(flag, value);
      if ("value" in parsed) typed.set(flag.name, parsed.value);
      // What the core knows by that name was checked by the schema.
      else if (flag.setting !== undefined || key !== fileKeyOf(flag))
        await this.#complain(["jobs", name, key], parsed.problem);
    }
    return typed;
  }

  async #complainOfUnknown(name: string, written: Written, { byKey }: Pick<Vocabulary, "byKey">): Promise<void> {
    for (const key of Object.keys(written)) {
      if (key === "command" || key === "mode" || byKey.has(key)) continue;
      const meant = nearest(key, ["command", "mode", ...byKey.keys()]);
      const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
      await this.#complain(["jobs", name, key], `is not known${hint}`, "key");
    }
  }

  async #checkPattern(name: string, mode: ModeSpec, settings: Settings): Promise<void> {
    const expression = settings.text("cron");
    if (mode.name !== "cron" || expression === undefined || expression.trim().toLowerCase() === "@reboot") return;
    try {
      openPattern(expression, settings.text("timezone")!, settings.isOn("seconds"), this.patterns);
    } catch (error) {
      if (!isHostError(error)) throw error;
      await this.#complain(["jobs", name, "cron"], error.message);
    }
  }

  async #complain(path: readonly (string | number)[], message: string, part: "key" | "value" = "value"): Promise<void> {
    this.problems.push(await this.#document.problemAt([...path], message, part));
  }
}

/** The flags that are known in a mode. */
interface Vocabulary {
  pluginFlags: readonly FlagSpec[];
  all: readonly FlagSpec[];
  byKey: ReadonlyMap<string, FlagSpec>;
}

function vocabulary(pluginFlags: readonly FlagSpec[]): Vocabulary {
  // The core's is meant where a plugin names a setting as the core a flag, as on the command line.
  const own = [...pluginFlags, ...JOB_FLAGS];
  const long = own.flatMap((flag) => (flag.also ?? []).filter(isLong).map((typed) => [keyOf(typed), flag] as const));
  const byKey = new Map([...long, ...own.map((flag) => [fileKeyOf(flag), flag] as const)]);
  return { pluginFlags, all: [...FLAGS, ...pluginFlags], byKey };
}

function isLong(typed: string): boolean {
  return typed.startsWith("--");
}

function keyOf(typed: string): string {
  return typed.slice(2).replaceAll("-", "_");
}

function asMap(value: JsonValue | undefined): Written | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
}
