import { sep } from "node:path";
import { errorMessage } from "@berth/base";
import { MANIFEST_FILE } from "../manifest/manifest-file.ts";
import type { FileStat, FileSystem } from "./file-system.ts";
import type { PackageAnswer } from "./package-json.ts";
import type { Root } from "./root.ts";

/** The folders of a plugin home that hold plugin folders by type instead of being plugins. */
const TYPE_FOLDERS = new Set(["schedulers", "executors", "outputs"]);

/** A folder of more is no plugin folder but a mistake, and would only make the start slow. */
const MAX_ENTRIES = 100_000;

/** A place where a plugin should be. */
export interface Candidate {
  folder: string;
  /** Its manifest; for a package that names it wrongly, the `package.json`. */
  file: string;
  stat: FileStat | undefined;
  /** What is wrong before the manifest can even be read. */
  fault?: string;
}

/** What looking for candidates needs to know and to tell. */
export interface Survey {
  readonly files: FileSystem;
  /** What the `package.json` says, from the index or afresh. */
  packageAnswer(file: string, stat: FileStat): PackageAnswer;
  /** A folder beside plugins that has no manifest. */
  ignore(folder: string): void;
}

/** Every place in `root` where a plugin should be, in the order of names. `path` is the root's, absolute. */
export function candidatesIn(root: Root, path: string, survey: Survey): Iterable<Candidate> {
  const base = path.endsWith(sep) ? path.slice(0, -sep.length) : path;
  if (root.kind === "plugin") return [onlyPlugin(base, survey)];
  return root.kind === "folder" ? inFolder(base, survey) : inPackages(base, survey);
}

function onlyPlugin(folder: string, survey: Survey): Candidate {
  const candidate = lookAt(folder, MANIFEST_FILE, survey);
  // A root that is not there fails as a root; a folder without manifest is a broken plugin.
  if (candidate.stat === undefined) survey.files.list(folder);
  return candidate;
}

function* inFolder(base: string, survey: Survey, isInner = false): Iterable<Candidate> {
  for (const name of namesIn(base, survey)) {
    if (name.startsWith(".") || name === "node_modules") continue;
    const candidate = lookAt(base + sep + name, MANIFEST_FILE, survey);
    const { folder, stat, fault } = candidate;
    if (stat !== undefined || fault !== undefined) yield candidate;
    else if (!isInner && TYPE_FOLDERS.has(name)) yield* withinInner(folder, () => inFolder(folder, survey, true));
    else ignoreFolder(folder, survey);
  }
}

function* inPackages(base: string, survey: Survey): Iterable<Candidate> {
  for (const name of namesIn(base, survey)) {
    const folder = base + sep + name;
    if (name.startsWith("@")) yield* withinInner(folder, () => inScope(folder, survey));
    else if (!name.startsWith(".")) yield* inPackage(folder, survey);
  }
}

function* inScope(base: string, survey: Survey): Iterable<Candidate> {
  for (const name of namesIn(base, survey)) yield* inPackage(base + sep + name, survey);
}

/** A folder inside a root that cannot be listed must not hide the rest of the root. */
function* withinInner(folder: string, search: () => Iterable<Candidate>): Iterable<Candidate> {
  try {
    yield* search();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return;
    yield { folder, file: folder, stat: undefined, fault: `cannot be looked into: ${errorMessage(error)}` };
  }
}

function* inPackage(folder: string, survey: Survey): Iterable<Candidate> {
  const { file, stat } = lookAt(folder, "package.json", survey);
  if (!stat?.isFile()) return;
  const answer = survey.packageAnswer(file, stat);
  if ("fault" in answer) yield { folder, file, stat, fault: answer.fault };
  else if (answer.manifest !== "") yield lookInside(folder, answer.manifest, survey);
}

/** A manifest deeper in a package must be reached through real folders: a link could lead out of the package. */
function lookInside(folder: string, manifest: string, survey: Survey): Candidate {
  const candidate = lookAt(folder, manifest.replaceAll("/", sep), survey);
  const { file, stat, fault } = candidate;
  if (fault !== undefined) return candidate;
  for (let end = manifest.lastIndexOf("/"); end !== -1; end = manifest.lastIndexOf("/", end - 1)) {
    const between = survey.files.stat(folder + sep + manifest.slice(0, end).replaceAll("/", sep));
    if (between?.isSymbolicLink()) return { folder, file, stat, fault: "must not be reached through a symbolic link" };
  }
  return stat === undefined
    ? { ...candidate, fault: "is missing, though package.json says the package is a plugin" }
    : candidate;
}

function lookAt(folder: string, name: string, { files }: Survey): Candidate {
  const file = folder + sep + name;
  try {
    return { folder, file, stat: files.stat(file) };
  } catch (error) {
    return { folder, file, stat: undefined, fault: `cannot be looked at: ${errorMessage(error)}` };
  }
}

function namesIn(folder: string, { files }: Survey): string[] {
  const names = files.list(folder);
  if (names.length <= MAX_ENTRIES) return names;
  throw new Error(`${names.length} entries are too many, at most ${MAX_ENTRIES} are read`);
}

function ignoreFolder(path: string, survey: Survey): void {
  const stat = survey.files.stat(path);
  if (stat?.isDirectory() || stat?.isSymbolicLink()) survey.ignore(path);
}
