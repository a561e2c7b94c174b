import { closeSync, constants, lstatSync, openSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { errorMessage, neutraliseLine } from "@berth/base";
import { Breather } from "../digest/breather.ts";
import type { Finding } from "./finding.ts";
import { KnownModules } from "./known-modules.ts";
import type { ModuleFacts, NamedModule } from "./module-facts.ts";
import { newFindings } from "./new-findings.ts";
import { TextPlaces } from "./text-places.ts";

/** Something because of which a plugin's code cannot be loaded. */
export interface ModuleProblem {
  /** Relative to the plugin's folder, `/` between parts. */
  file: string;
  /** From 1; absent when the file as a whole is meant. */
  line?: number;
  column?: number;
  /** `Expected ")" but found the end`. */
  message: string;
}

/** What {@link checkModules} found. */
export interface ModuleCheck extends ModuleComparison {
  /** How many modules were looked at. */
  modules: number;
}

/** What became of changed modules; nothing where no copy of what they were was named. */
export interface ModuleComparison {
  problems: readonly ModuleProblem[];
  /** What they do that they did not before, as far as that weighs. */
  newFindings: readonly Finding[];
}

/** What {@link beginModuleCheck} found. */
export interface BegunModuleCheck {
  /** Because of these nothing can be loaded. */
  problems: readonly ModuleProblem[];
  modules: number;
  /** Looks at what has changed, which takes longer than all before. To be asked once. */
  compare: () => Promise<ModuleComparison>;
}

/** What {@link checkModules} needs to know. */
export interface ModuleCheckOptions {
  /** `runtime.entry` of the manifest. */
  entry: string;
  /** The manifest's path in the folder. Default `plugin.toml`. */
  manifest?: string;
  /**
   * A copy of what runs now. Modules that differ from it must not use names that they no longer define: so one is found out that was
   * cut between two statements. They are scanned, too, for what they did not do before.
   */
  before?: string;
  /** What earlier checks of the same plugin found out. */
  known?: KnownModules;
  /** Hears of each file that this depends on: its text, or, where only that is looked at, whether there is one. */
  onLook?: (file: string, found: string | boolean) => void;
  signal?: AbortSignal;
}

/** A plugin of more modules of its own is a distribution of something else; what is beyond is not looked at. */
const MOST_MODULES = 5_000;
/** Larger ones are not looked at: that would take as long as loading them. */
const MOST_BYTES = 16 * 1_048_576;
/** Enough to see what is wrong. */
const MOST_PROBLEMS = 100;
/** Parsing a module takes as long as looking at so many files. */
const UNITS_OF_MODULE = 32;
// Neither follow a link that took the file's place, nor hang on a pipe.
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const CODE = /\.[cm]?[jt]sx?$/;
const REQUIRED_AS = ["", ".js", ".cjs", ".json", "/index.js"];

/**
 * Whether the modules that a plugin's entry reaches by relative paths can be loaded: all are there, parse, and export what is
 * asked of them. So half of a file is found before it is tried, and named with its place. Nothing runs; packages are not looked into.
 */
export async function checkModules(folder: string, options: ModuleCheckOptions): Promise<ModuleCheck> {
  const { problems, modules, compare } = await beginModuleCheck(folder, options);
  const compared = await compare();
  return { modules, ...compared, problems: [...problems, ...compared.problems].slice(0, MOST_PROBLEMS) };
}

/** The same in two steps, for those who have something else to begin after the first. */
export async function beginModuleCheck(folder: string, options: ModuleCheckOptions): Promise<BegunModuleCheck> {
  const { known = new KnownModules() } = options;
  const check = new Check(folder, options, known);
  check.manifest(options.manifest ?? "plugin.toml");
  await check.from(modulePath(options.entry));
  const problems = check.problems.splice(0, MOST_PROBLEMS);
  // Whoever has found these mostly asks for no more.
  if (problems.length > 0) known.rest();
  return {
    problems,
    modules: check.looked.size,
    compare: async () => {
      await check.compare();
      known.rest();
      return {
        problems: check.problems.slice(0, MOST_PROBLEMS),
        newFindings: check.findings.slice(0, MOST_PROBLEMS),
      };
    },
  };
}

/** The path of the manifest's entry, as those of all modules are written. */
export function modulePath(entry: string): string {
  return posix.normalize(entry.replaceAll("\\", "/"));
}

/** Where a specifier leads. */
interface Target {
  /** `undefined` when there is none, or it is not the plugin's. */
  file: string | undefined;
  isOutside: boolean;
}

class Check {
  readonly problems: ModuleProblem[] = [];
  readonly findings: Finding[] = [];
  /** By path; `undefined` for what is there and is no code, or was not looked into. */
  readonly looked = new Map<string, ModuleFacts | undefined>();
  readonly #folder: string;
  readonly #before: string | undefined;
  readonly #onLook: ModuleCheckOptions["onLook"];
  readonly #known: KnownModules;
  readonly #breather: Breather;
  /** Modules that are to be compared, with what they were. */
  readonly #changed: { file: string; text: string; former: string | undefined }[] = [];

  constructor(folder: string, { before, onLook, signal }: ModuleCheckOptions, known: KnownModules) {
    this.#folder = folder;
    this.#before = before;
    this.#onLook = onLook;
    this.#known = known;
    this.#breather = new Breather(signal);
  }

  manifest(file: string): void {
    const text = this.#read(file);
    if (text === undefined) return;
    if (text.trim() === "") this.#found(file, "is empty");
    else if (text.includes("\0")) this.#found(file, "holds zero bytes: it was not written to its end");
  }

  async from(entry: string): Promise<void> {
    this.#look(entry);
    for (const [file, facts] of this.looked) {
      await this.#breather.after(UNITS_OF_MODULE);
      for (const named of facts?.modules ?? []) this.#follow(file, named);
    }
    const facts = this.looked.get(entry);
    const isLoadable = facts && facts.errors.length === 0 && facts.kind !== "script";
    if (isLoadable && !facts.exports.has("default")) this.#found(entry, "has no default export");
    for (const [file, { modules = [] } = {}] of this.looked) for (const named of modules) this.#link(file, named);
  }

  #follow(file: string, named: NamedModule): void {
    const target = this.#resolve(file, named);
    if (target.file !== undefined) this.#look(target.file);
    else if (named.way === "static" && !target.isOutside)
      this.#found(file, `imports ${neutraliseLine(named.specifier, 200)}, which is not there`, named);
  }

  /** Adds a module to those that are gone through. */
  #look(file: string): void {
    if (this.looked.has(file) || this.looked.size >= MOST_MODULES) return;
    this.looked.set(file, undefined);
    const text = CODE.test(file) || file.endsWith(".json") ? this.#read(file) : "";
    if (text === undefined) return;
    if (file.endsWith(".json")) return this.#json(file, text);
    if (!CODE.test(file)) return;
    const facts = this.#known.facts(file, text);
    this.looked.set(file, facts);
    for (const { message, line, column } of facts.errors) this.#found(file, message, { line, column });
    if (facts.errors.length > 0) return;
    if (this.#before === undefined) return;
    const former = textIn(this.#before, file);
    if (former !== text) this.#changed.push({ file, text, former });
  }

  async compare(): Promise<void> {
    for (const { file, text, former } of this.#changed) {
      if (former !== undefined) this.#names(file, text, former);
      this.findings.push(...newFindings(this.#known, file, text, former));
      await this.#breather.after(UNITS_OF_MODULE);
    }
  }

  /** What was undefined before too is a global that only the author knows. */
  #names(file: string, text: string, former: string): void {
    const names = this.#known.names(file, text);
    const known = new Set(names.length === 0 ? [] : this.#known.names(file, former).map(({ name }) => name));
    const places = new TextPlaces(text);
    for (const { name, start } of names) {
      if (known.has(name)) continue;
      this.#found(file, `uses ${neutraliseLine(name, 100)}, which is not defined`, places.at(start));
    }
  }

  #json(file: string, text: string): void {
    try {
      JSON.parse(text);
    } catch (error) {
      this.#found(file, neutraliseLine(errorMessage(error), 300));
    }
  }

  /** A name that is asked for must be exported. */
  #link(file: string, named: NamedModule): void {
    const target = this.#resolve(file, named).file;
    if (target === undefined) return;
    for (const name of named.names) {
      if (this.#exports(target, name, new Set()) === false) {
        const what = name === "default" ? "a default export" : neutraliseLine(name, 100);
        this.#found(file, `imports ${what} of ${neutraliseLine(target, 200)}, which does not export it`, named);
      }
    }
  }

  /** `undefined` where that cannot be told: scripts, JSON, modules with errors, packages. */
  #exports(file: string, name: string, seen: Set<string>): boolean | undefined {
    if (seen.has(file)) return false;
    seen.add(file);
    const facts = this.looked.get(file);
    if (facts === undefined || facts.errors.length > 0 || facts.kind === "script") return undefined;
    if (facts.exports.has(name)) return true;
    if (name === "default") return false;
    if (facts.allOf === undefined) return undefined;
    let answer: boolean | undefined = false;
    for (const specifier of facts.allOf) {
      const target = this.#resolve(file, { specifier, way: "static" }).file;
      const found = target === undefined ? undefined : this.#exports(target, name, seen);
      if (found === true) return true;
      if (found === undefined) answer = undefined;
    }
    return answer;
  }

  #resolve(from: string, { specifier, way }: Pick<NamedModule, "specifier" | "way">): Target {
    const plain = decoded(way === "require" ? specifier : specifier.replace(/[?#].*$/s, ""));
    const path = posix.join(posix.dirname(from), plain);
    if (path === ".." || path.startsWith("../")) return { file: undefined, isOutside: true };
    const file = (way === "require" ? REQUIRED_AS : [""])
      .map((ending) => path + ending)
      .find((candidate) => this.looked.has(candidate) || this.#isFile(candidate));
    return { file, isOutside: false };
  }

  #isFile(file: string): boolean {
    const isFile = lstatSync(join(this.#folder, file), { throwIfNoEntry: false })?.isFile() ?? false;
    this.#onLook?.(file, isFile);
    return isFile;
  }

  /** The text; `undefined` where there is none, which is a problem, or too much, which is none. */
  #read(file: string): string | undefined {
    try {
      const stat = lstatSync(join(this.#folder, file));
      if (!stat.isFile()) this.#found(file, "is no file");
      else if (stat.size <= MOST_BYTES) {
        const text = textOf(join(this.#folder, file));
        this.#onLook?.(file, text);
        return text;
      }
      // As a text that it does not have: a smaller file in its place would be read, so what is found holds for no other folder.
      this.#onLook?.(file, "");
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
      this.#found(file, isMissing ? "is missing" : neutraliseLine(errorMessage(error), 300));
    }
    return undefined;
  }

  #found(file: string, message: string, place?: { line: number; column: number }): void {
    const where = place ? { line: place.line, column: place.column } : {};
    this.problems.push({ file: neutraliseLine(file, 500), ...where, message });
  }
}

/** Of the copy before; `undefined` for a module that is new, or was none. */
function textIn(folder: string, file: string): string | undefined {
  try {
    const path = join(folder, file);
    const stat = lstatSync(path);
    return stat.isFile() && stat.size <= MOST_BYTES ? textOf(path) : undefined;
  } catch {
    return undefined;
  }
}

function textOf(path: string): string {
  const descriptor = openSync(path, READ_FLAGS);
  try {
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
