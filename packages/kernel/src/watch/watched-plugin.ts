import { existsSync, lstatSync, readdirSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import {
  entryStamp,
  type FolderEvent,
  type FolderListener,
  type FolderWatches,
  identityStamp,
} from "./folder-watches.ts";
import { isIgnoredFolder, isIgnoredName } from "./ignored-names.ts";
import type { Trace } from "./settler.ts";
import { UnfinishedFiles } from "./unfinished-files.ts";

/** A plugin keeps its code in a few; each costs a watch, of which the system has a bounded number. */
const MOST_FOLDERS = 256;
const MOST_DEPTH = 16;

/** What to look at in a plugin's folder. */
export interface PluginWatchOptions {
  /** Files that are looked at in each sweep, relative to the folder: its manifest and its entry. Default `plugin.toml`. */
  files?: readonly string[];
  /** Absolute folders that are none of the plugin, such as the host's data folder. */
  leaveOut?: readonly string[];
}

/** Whom a {@link WatchedPlugin} tells. */
export interface ChangeListener {
  /** Something changed, of which that is known. */
  touch(trace: Trace): void;
  /** There are more folders than are watched. */
  onTooMany(folder: string, most: number): void;
}

/** A plugin's folder and the code folders in it, each with a flat watch, and the folder above: that one tells when it is replaced. */
export class WatchedPlugin implements Disposable, FolderListener {
  readonly folder: string;
  readonly #options: PluginWatchOptions;
  readonly #watches: FolderWatches;
  readonly #listener: ChangeListener;
  readonly #folders = new Set<string>();
  /** Made with the first change. */
  #unfinished: UnfinishedFiles | undefined;
  #mustLookAgain = false;
  /** What was seen at the last look; absent before the first: looking at all is too much for a start. */
  #stamp: string | undefined;

  constructor(folder: string, options: PluginWatchOptions, watches: FolderWatches, listener: ChangeListener) {
    this.folder = folder;
    this.#options = options;
    this.#watches = watches;
    this.#listener = listener;
    watches.listen(dirname(folder), this);
    this.#watchTree();
  }

  /** Before a change is reported: whatever comes after it is a change again. */
  settle(): void {
    if (this.#mustLookAgain) this.#watchTree();
    if (this.#stamp !== undefined) this.#stamp = this.#look();
  }

  /** A save is over: what comes now belongs to the next. */
  endSave(): void {
    this.#unfinished?.clear();
  }

  /** Looks by itself whether something changed that nobody told of, as on network file systems. */
  sweep(): void {
    const before = this.#stamp;
    this.#stamp = this.#look();
    if (before === undefined || before === this.#stamp) return;
    this.#renew();
    this.#listener.touch("unknown");
  }

  [Symbol.dispose](): void {
    for (const path of [dirname(this.folder), ...this.#folders]) this.#watches.unlisten(path, this);
    this.#folders.clear();
  }

  onFolderEvent(folder: string, event: FolderEvent): void {
    if (this.#folders.has(folder)) this.#onInside(folder, event);
    else this.#onAbove(event);
  }

  #onAbove({ name, isRename }: FolderEvent): void {
    if (name !== undefined && name !== basename(this.folder)) return;
    // Replaced, by a folder or by what a link leads to now: the watches stay with the old one.
    if (isRename) this.#renew();
    this.#listener.touch(isRename && !existsSync(this.folder) ? "gone" : "unknown");
  }

  #onInside(folder: string, event: FolderEvent): void {
    const { name, isRename } = event;
    if (name !== undefined && (isIgnoredName(name) || this.#isLeftOut(join(folder, name)))) return;
    if (isRename) this.#onRename(folder, name);
    this.#unfinished ??= new UnfinishedFiles();
    this.#listener.touch(name === undefined ? "unknown" : this.#unfinished.note(join(folder, name), event));
  }

  /** At once, and not when it is quiet: what is written in a new folder belongs to the same change. */
  #onRename(folder: string, name: string | undefined): void {
    this.#mustLookAgain = true;
    if (name === undefined) return this.#renew();
    const path = join(folder, name);
    if (this.#folders.has(path)) this.#renew();
    else if (isFolder(path)) this.#watchFolder(path, new Set(this.#folders));
  }

  #renew(): void {
    for (const path of this.#folders) this.#watches.renew(path);
    this.#watchTree();
  }

  #watchTree(): void {
    this.#mustLookAgain = false;
    const found = new Set<string>();
    this.#watchFolder(this.folder, found);
    for (const path of this.#folders) {
      if (found.has(path)) continue;
      this.#watches.unlisten(path, this);
      this.#folders.delete(path);
    }
  }

  /** @param found what is watched already, to which this folder and those in it are added. */
  #watchFolder(path: string, found: Set<string>): void {
    const depth = path.slice(this.folder.length).split(sep).length - 1;
    if (found.size >= MOST_FOLDERS || depth > MOST_DEPTH) return this.#listener.onTooMany(this.folder, MOST_FOLDERS);
    found.add(path);
    // First watched, then listed: what comes in between is seen either way.
    if (!this.#folders.has(path)) {
      this.#folders.add(path);
      this.#watches.listen(path, this);
    }
    for (const inner of foldersIn(path)) if (!this.#isLeftOut(inner)) this.#watchFolder(inner, found);
  }

  #isLeftOut(path: string): boolean {
    return this.#options.leaveOut?.includes(path) ?? false;
  }

  #look(): string {
    const { files = ["plugin.toml"] } = this.#options;
    const stamps = files.map((file) => entryStamp(join(this.folder, file)));
    return [identityStamp(this.folder), ...stamps].join("\n");
  }
}

function foldersIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !isIgnoredFolder(entry.name))
      .map(({ name }) => join(path, name));
  } catch {
    return []; // Gone, which the folder above tells, or not to be read, which whoever loads the plugin says.
  }
}

function isFolder(path: string): boolean {
  return (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false) && !isIgnoredFolder(basename(path));
}
