import { type FSWatcher, lstatSync, readdirSync, statSync, watch } from "node:fs";
import { basename, join } from "node:path";
import { type Clock, type Failpoints, neutraliseLine } from "@berth/base";
import { isIgnoredName } from "./ignored-names.ts";

/** A folder that cannot be watched is looked at so often. */
const POLL_MS = 1_000;
/** A folder of more is no folder of code: what is beyond is not looked at when polling. */
const MOST_ENTRIES = 10_000;

/** What happened in a folder. */
export interface FolderEvent {
  /** The entry, as the system spells it: of anybody's making. Absent when the folder itself is meant, or nobody knows. */
  name: string | undefined;
  /** Whether something came, went or was replaced; otherwise content or attributes changed. */
  isRename: boolean;
  /** What is known of the file: `written` while somebody has it open for writing, `whole` once that one closed it or a finished file was put in its place. Absent where nobody can tell. */
  state?: "written" | "whole" | undefined;
}

/** Something that does not work as it should, while all goes on. */
export interface WatchWarning {
  folder: string;
  message: string;
}

/** Hears what happens in folders. An object and not a function: of these there is one a plugin, not one a folder. */
export interface FolderListener {
  onFolderEvent(folder: string, event: FolderEvent): void;
}

interface WatchedFolder {
  readonly path: string;
  readonly listeners: Set<FolderListener>;
  watcher?: FSWatcher | undefined;
  /** What was seen at the last look, where looking is all there is. */
  stamp?: string | undefined;
}

/** What {@link FolderWatches} needs. */
export interface FolderWatchesOptions {
  clock: Clock;
  /** `watch.open` is visited before each. */
  failpoints: Failpoints;
  onWarning: (warning: WatchWarning) => void;
}

/**
 * One flat watch a folder, however many listen to it. A flat one costs microseconds and a kilobyte; recursive ones cost a thousand
 * times that. Where the system has no more of them, the folder is looked at every second instead.
 */
export class FolderWatches implements Disposable {
  readonly #options: FolderWatchesOptions;
  readonly #folders = new Map<string, WatchedFolder>();
  readonly #polled = new Set<WatchedFolder>();
  #poll: Disposable | undefined;
  #hasWarned = false;

  constructor(options: FolderWatchesOptions) {
    this.#options = options;
  }

  /** How many folders are watched or polled. */
  get size(): number {
    return this.#folders.size;
  }

  /** Never throws: a folder that is not there is silent until {@link renew}. */
  listen(path: string, listener: FolderListener): void {
    let folder = this.#folders.get(path);
    if (folder === undefined) {
      folder = { path, listeners: new Set() };
      this.#folders.set(path, folder);
      this.#open(folder);
    }
    folder.listeners.add(listener);
  }

  /** Also one that does not listen. */
  unlisten(path: string, listener: FolderListener): void {
    const folder = this.#folders.get(path);
    if (!folder?.listeners.delete(listener) || folder.listeners.size > 0) return;
    this.#close(folder);
    this.#folders.delete(path);
  }

  /** The folder of that path is another one now, or is there again: a watch stays with the old one otherwise. */
  renew(path: string): void {
    const folder = this.#folders.get(path);
    if (folder === undefined) return;
    this.#close(folder);
    this.#open(folder);
  }

  /** Tries to watch what is only polled. */
  retry(): void {
    for (const folder of new Set(this.#polled)) {
      // Looked at first: to begin anew forgets what was seen.
      this.#lookAt(folder);
      if (this.#polled.has(folder)) this.renew(folder.path);
    }
  }

  [Symbol.dispose](): void {
    for (const folder of this.#folders.values()) this.#close(folder);
    this.#folders.clear();
  }

  #open(folder: WatchedFolder): void {
    try {
      this.#options.failpoints.visitNow("watch.open");
      const watcher = watch(folder.path, (type, name) => tell(folder, type === "rename", name ?? undefined));
      folder.watcher = watcher;
      watcher.on("error", (error) => {
        this.#close(folder);
        this.#pollInstead(folder, error);
        tell(folder, true, undefined);
      });
    } catch (error) {
      this.#pollInstead(folder, error);
    }
  }

  #close(folder: WatchedFolder): void {
    folder.watcher?.close();
    folder.watcher = undefined;
    this.#polled.delete(folder);
    if (this.#polled.size > 0) return;
    this.#poll?.[Symbol.dispose]();
    this.#poll = undefined;
  }

  #pollInstead(folder: WatchedFolder, error: unknown): void {
    const code = String((error as NodeJS.ErrnoException).code);
    folder.stamp = stampOf(folder.path);
    this.#polled.add(folder);
    this.#poll ??= this.#nextPoll();
    if (this.#hasWarned || code === "ENOENT" || code === "ENOTDIR") return;
    this.#hasWarned = true;
    const help = code === "ENOSPC" ? "; raise fs.inotify.max_user_watches" : "";
    const message = `Cannot watch ${neutraliseLine(folder.path)} (${code}): it, and what else cannot be watched, is looked at every second instead${help}`;
    this.#options.onWarning({ folder: folder.path, message });
  }

  #nextPoll(): Disposable {
    return this.#options.clock.setTimer(() => {
      this.#poll = this.#nextPoll();
      for (const folder of new Set(this.#polled)) this.#lookAt(folder);
    }, POLL_MS);
  }

  #lookAt(folder: WatchedFolder): void {
    const stamp = stampOf(folder.path);
    if (stamp === folder.stamp) return;
    const isBack = folder.stamp === undefined;
    folder.stamp = stamp;
    if (isBack) this.renew(folder.path);
    tell(folder, true, undefined);
  }
}

function tell(folder: WatchedFolder, isRename: boolean, name: string | undefined): void {
  // What happens to the folder itself comes under its own name, and may as well be an entry of that name.
  const isItself = isRename && name === basename(folder.path);
  for (const listener of folder.listeners)
    listener.onFolderEvent(folder.path, { name: isItself ? undefined : name, isRename });
}

/** By what a change is seen where nobody tells of it; `undefined` when there is no such folder. */
function stampOf(path: string): string | undefined {
  const identity = identityStamp(path);
  if (identity === undefined) return undefined;
  try {
    const names = readdirSync(path).filter((name) => !isIgnoredName(name));
    return [identity, ...names.slice(0, MOST_ENTRIES).map((name) => `${name} ${entryStamp(join(path, name))}`)].join(
      "\n",
    );
  } catch {
    return identity;
  }
}

/** Which folder it is, or which one a link leads to. */
export function identityStamp(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}

/** By what a change of one file is seen. */
export function entryStamp(path: string): string {
  try {
    const stat = lstatSync(path);
    const { ino, size, mode, mtimeMs, ctimeMs } = stat;
    // The times of a folder change with everything in it, which is looked at by itself.
    return stat.isDirectory() ? `${ino} folder` : `${ino} ${mode} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch {
    return "none";
  }
}
