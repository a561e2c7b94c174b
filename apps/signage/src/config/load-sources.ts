import type { JsonValue } from "@berth/base";
import { type ConfigIssue, isHostError, type LogEntry, type Problem } from "@berth/contract";
import {
  checkDocument,
  configError,
  type ConfigDocument,
  type ConfigInput,
  type ConfigPath,
  expandDocument,
  type Part,
  type Place,
  placeSectionIssues,
  readDocument,
  type ReadOptions,
  retypeSection,
  sortProblems,
} from "@berth/kernel/config";
import { crossCheck, isEnabled, type Knowledge } from "./cross-checks.ts";
import { findDoubts, type SchedulePeriod } from "./doubts.ts";
import { resolveConfig, type SignageConfig } from "./signage-config.ts";

export interface LoadOptions extends ReadOptions, Knowledge {
  /** The file, or a text that stands for it. Default: `sources.yaml`. */
  path?: ConfigInput | undefined;
  /** For doubts about schedules that are denser than their runs can be. */
  schedulePeriod?: SchedulePeriod | undefined;
  log?: (entry: LogEntry) => void;
}

/** A `sources.yaml` that passed every check. */
export interface LoadedSources {
  config: SignageConfig;
  /** What is allowed and yet hardly meant. */
  warnings: readonly Problem[];
  /** The files read: the file itself, then its overlay. */
  files: readonly string[];
  /** Values from the environment that must appear nowhere, told by the names of their variables. */
  secrets: readonly string[];
  /** For whatever else is to be known of the file, such as which values came from the environment. */
  document: ConfigDocument;
  /** Where a part of a source's entry was written: `locate("home", ["config", "city"])`. */
  locate: (sourceId: string, path: ConfigPath, part?: Part) => Promise<Place>;
  /** Problems in the file for what a source's own schema says of its `config`. */
  placeIssues: (sourceId: string, issues: readonly ConfigIssue[]) => Promise<Problem[]>;
  /** The source's `config` with numbers and booleans from the environment no longer as text, where `issues` refused that. */
  retypeConfig: (sourceId: string, issues: readonly ConfigIssue[]) => JsonValue | undefined;
}

/** What a check of the file gives. */
export type SourcesCheck =
  | { state: "missing"; file: string }
  | { state: "invalid"; file: string; problems: readonly Problem[] }
  | { state: "valid"; file: string; loaded: LoadedSources };

/**
 * Reads and checks `sources.yaml` and its overlay, without a word to the log; `berth signage validate` shows what it gives.
 * A variable that is not set is a problem only where a source that is switched on, or the file as a whole, asks for it.
 */
export async function checkSources(options: LoadOptions = {}): Promise<SourcesCheck> {
  const input = options.path ?? "sources.yaml";
  const file = typeof input === "string" ? input : input.file;
  try {
    return await checkDocumentOf(await readDocument(input, options), options);
  } catch (error) {
    if (isHostError(error, "CONFIG_NOT_FOUND")) return { state: "missing", file };
    throw error;
  }
}

/**
 * Loads `sources.yaml`. A missing file is no error: that is logged, with what to do, and nothing returned.
 *
 * @throws `CONFIG_INVALID` with every problem at once, which are logged before.
 */
export async function loadSources(options: LoadOptions = {}): Promise<LoadedSources | undefined> {
  const { log = () => undefined } = options;
  const check = await checkSources(options);
  if (check.state === "missing") {
    log({ level: "info", message: missingSentence(check.file), fields: { file: check.file } });
    return undefined;
  }
  if (check.state === "invalid") {
    const error = configError(check.file, check.problems);
    log({ level: "error", message: error.message, fields: { file: check.file, problems: check.problems.length } });
    throw error;
  }
  const { config, files } = check.loaded;
  const enabled = config.sources.filter((source) => source.enabled).length;
  const count = config.sources.length === 1 ? "1 source" : `${config.sources.length} sources`;
  const message = `Loaded ${count} from ${files.join(" and ")}, ${enabled} switched on`;
  log({ level: "info", message, fields: { files: [...files], sources: config.sources.length, enabled } });
  return check.loaded;
}

/** What to do when there is no file. */
export function missingSentence(file: string): string {
  return `There is no ${file}: make one from the settings in your environment with \`berth signage migrate\`, or a first one with \`berth signage init\``;
}

async function checkDocumentOf(read: ConfigDocument, options: LoadOptions): Promise<SourcesCheck> {
  const { file } = read;
  const document = await expandDocument(read, { ...(options.env && { env: options.env }), allowUnset });
  const { sourcesSchema } = await import("./sources-schema.ts");
  const { value, problems } = await checkDocument(sourcesSchema, document);
  // Where even the syntax is wrong there is nothing to look across.
  const isReadable = read.problems.length === 0;
  const crossed = isReadable ? await crossCheck(document, options, options.cwd ?? process.cwd()) : [];
  if (value === undefined || crossed.length > 0) {
    return { state: "invalid", file, problems: sortProblems([...problems, ...crossed]) };
  }
  const config = resolveConfig(value);
  return {
    state: "valid",
    file,
    loaded: loadedOf({
      config,
      document,
      warnings: await findDoubts(document, config, options.schedulePeriod),
      secrets: secretVariables(document, options.env ?? process.env),
    }),
  };
}

function allowUnset(path: ConfigPath, value: JsonValue): boolean {
  const [top, index] = path;
  if (top !== "sources" || typeof index !== "number") return false;
  return !isEnabled((value as { sources: JsonValue[] }).sources[index]);
}

/** Names such as WEATHER_API_KEY, GITHUB_TOKEN, DB_PASSWORD. */
const SECRET_NAME = /key|token|secret|passw|credential|auth|private/i;

function secretVariables({ references }: ConfigDocument, env: NonNullable<ReadOptions["env"]>): string[] {
  const names = [...references.values()].flatMap(({ variables }) => variables);
  const values = names.filter((name) => SECRET_NAME.test(name)).map((name) => env[name] ?? "");
  return [...new Set(values)].filter((value) => value !== "");
}

function loadedOf({
  config,
  document,
  ...facts
}: Pick<LoadedSources, "config" | "document" | "warnings" | "secrets">): LoadedSources {
  const entryOf = (id: string): ConfigPath => ["sources", config.sources.findIndex((source) => source.id === id)];
  return {
    config,
    ...facts,
    files: document.files,
    document,
    locate: (id, path, part) => document.locate([...entryOf(id), ...path], part),
    placeIssues: (id, issues) => placeSectionIssues(document, [...entryOf(id), "config"], issues),
    retypeConfig: (id, issues) => retypeSection(document, [...entryOf(id), "config"], issues),
  };
}
