import { type BigIntStats, type Dirent, existsSync, lstatSync, readdirSync, readlinkSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { neutraliseLine } from "@berth/base";
import { Breather } from "./breather.ts";
import { digestError, unreadable, WHOLE } from "./digest-error.ts";

/** A regular file of a plugin's folder. */
export interface ListedFile {
  /** From the folder, parts joined by `/`. */
  path: string;
  /** Absolute. */
  file: string;
  stat: BigIntStats;
}

/** What bounds a folder and what is left out of it. */
export interface ListOptions {
  /** Absolute folders or files that are none of the plugin: the host's data folder, when that lies inside. */
  leaveOut?: readonly string[];
  /** Default {@link MOST_FILES}. */
  mostFiles?: number;
  /** Default {@link MOST_BYTES}. */
  mostBytes?: number;
  signal?: AbortSignal;
}

/** With the packages it brings along, a large plugin has some thousands. */
export const MOST_FILES = 50_000;
/** A plugin that brings more is a distribution of something else. */
export const MOST_BYTES = 1_024 * 1_048_576;

const MOST_DEPTH = 64;
const LONGEST_PATH = 4_096;

/**
 * What version control keeps at the top of a working copy. It changes by itself, so it is no part of the plugin: whoever copies a
 * plugin to run it leaves it out too, or there would be code that no digest speaks of.
 */
export const VERSION_CONTROL: ReadonlySet<string> = new Set([".git", ".hg", ".svn", ".jj"]);

const PROGRAM_LINK = /(?:^|\/)node_modules\/\.bin\/[^/]+$/;

/**
 * The files of a plugin's folder, sorted by the bytes of their paths. Empty folders count for nothing, nor do links that add nothing: to
 * programs of its own packages, as npm makes them, and the locks of editors.
 *
 * @throws HostError `DIGEST_FAILED` for a link (its target may change, or lie elsewhere), for anything that is neither file nor
 * folder, for a name that is not Unicode, and past the bounds.
 */
export async function listFiles(folder: string, options: ListOptions = {}): Promise<ListedFile[]> {
  const walk = new Walk(resolve(folder), options);
  await walk.into("", 0);
  return walk.files.sort((a, b) => compareBytes(a.path, b.path));
}

class Walk {
  readonly files: ListedFile[] = [];
  readonly #folder: string;
  readonly #leftOut: ReadonlySet<string>;
  readonly #mostFiles: number;
  readonly #mostBytes: number;
  readonly #breather: Breather;
  #entries = 0;
  #bytes = 0n;

  constructor(folder: string, { leaveOut = [], mostFiles, mostBytes, signal }: ListOptions) {
    this.#folder = folder;
    this.#leftOut = new Set(leaveOut.map((path) => resolve(path)));
    this.#mostFiles = mostFiles ?? MOST_FILES;
    this.#mostBytes = mostBytes ?? MOST_BYTES;
    this.#breather = new Breather(signal);
  }

  async into(below: string, depth: number): Promise<void> {
    if (depth > MOST_DEPTH) throw this.#refusal(`it has folders more than ${MOST_DEPTH} deep`, below);
    for (const entry of this.#read(below)) {
      const name = this.#nameOf(entry, below);
      const path = below === "" ? name : `${below}/${name}`;
      const file = join(this.#folder, path);
      if (this.#leftOut.has(file) || (below === "" && VERSION_CONTROL.has(name))) continue;
      if (++this.#entries > this.#mostFiles)
        throw this.#refusal(`it has more than ${this.#mostFiles} files and folders`);
      if (path.length > LONGEST_PATH) throw this.#refusal("a path in it is too long", path);
      await this.#breather.after(1);
      const stat = this.#stat(file, path);
      if (stat.isDirectory()) await this.into(path, depth + 1);
      else this.#add({ path, file, stat });
    }
  }

  #add(found: ListedFile): void {
    const { path, stat } = found;
    if (stat.isSymbolicLink() && (isProgramLink(this.#folder, found) || isEditorLock(found))) return;
    if (stat.isSymbolicLink())
      throw this.#refusal(`${neutraliseLine(path)} is a link; put a copy of what it leads to in its place`, path);
    if (!stat.isFile()) throw this.#refusal(`${neutraliseLine(path)} is neither a file nor a folder`, path);
    this.#bytes += stat.size;
    if (this.#bytes > BigInt(this.#mostBytes)) throw this.#refusal(`it has more than ${this.#mostBytes} bytes`);
    this.files.push(found);
  }

  #read(below: string): Dirent<Buffer>[] {
    try {
      return readdirSync(join(this.#folder, below), { withFileTypes: true, encoding: "buffer" });
    } catch (cause) {
      throw unreadable(this.#folder, below === "" ? WHOLE : below, cause);
    }
  }

  #stat(file: string, path: string): BigIntStats {
    try {
      return lstatSync(file, { bigint: true });
    } catch (cause) {
      throw unreadable(this.#folder, path, cause);
    }
  }

  /** A name that is not Unicode would be read as another, so that two folders could have one digest. */
  #nameOf({ name }: Dirent<Buffer>, below: string): string {
    const text = name.toString("utf8");
    if (Buffer.from(text, "utf8").equals(name)) return text;
    throw this.#refusal(`a name in ${neutraliseLine(below) || "it"} is not Unicode`, below);
  }

  #refusal(why: string, path?: string): Error {
    return digestError(this.#folder, why, path === undefined ? {} : { path });
  }
}

/** A link to a program of a package the plugin brings along, as npm makes them: what it leads to is in the folder itself. */
function isProgramLink(folder: string, { path, file }: ListedFile): boolean {
  if (!PROGRAM_LINK.test(path)) return false;
  const target = resolve(dirname(file), readlinkSync(file));
  return target.startsWith(`${folder}${sep}`) && lstatSync(target, { throwIfNoEntry: false })?.isFile() === true;
}

/** The lock of an editor that has a file open: it leads nowhere. */
function isEditorLock({ path, file }: ListedFile): boolean {
  return basename(path).startsWith(".#") && !existsSync(file);
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
