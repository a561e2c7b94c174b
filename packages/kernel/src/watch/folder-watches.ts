import { lstatSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Clock, type Failpoints, neutraliseLine } from "@berth/base";
import { type FolderSource, type FolderWatch, LOOK_AGAIN, type SourceListener } from "./folder-source.ts";
import { isIgnoredName } from "./ignored-names.ts";
import { findWatcher } from "./system/find-watcher.ts";
import { NodeSource } from "./system/node-source.ts";
import { ProgramSource } from "./system/program-source.ts";

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
  /** Absent where it is of all. */
  folder?: string;
  message: string;
}

/** Hears what happens in folders. An object and not a function: of these there is one a plugin, not one a folder. */
export interface FolderListener {
  onFolderEvent(folder: string, event: FolderEvent): void;
}

interface WatchedFolder {
  readonly path: string;
  readonly listeners: Set<FolderListener>;
  watch: FolderWatch | undefined;
  /** What was seen at the last look, where looking is all there is. */
  stamp: string | undefined;
}

/** What {@link FolderWatches} needs. */
export interface FolderWatchesOptions {
  clock: Clock;
  /** `watch.open` is visited before each. */
  failpoints: Failpoints;
  onWarning: (warning: WatchWarning) => void;
  /** Where the program `watcher.c` is: `undefined` for nowhere. Default {@link findWatcher}; asked once, when the first folder is watched. */
  findProgram?: (() => string | undefined) | undefined;
}

/**
 * One flat watch a folder, however many listen to it. A flat one costs microseconds and a kilobyte; recursive ones cost a thousand
 * times that. Where the system has no more of them, the folder is looked at every second instead.
 */
export class FolderWatches implements Disposable {
  readonly #options: FolderWatchesOptions;
  readonly #folders = new Map<string, WatchedFolder>();
  readonly #polled = new Set<WatchedFolder>();
  readonly #listener: SourceListener = {
    onEvent: (path, event) => this.#with(path, (folder) => tell(folder, event)),
    onWatched: (path) => this.#with(path, (folder) => this.#onWatched(folder)),
    onRefused: (path, error) => this.#with(path, (folder) => this.#onRefused(folder, error)),
    onLost: (reason) => this.#onLost(reason),
  };
  #source: FolderSource | undefined;
  #poll: Disposable | undefined;
  #hasWarned = false;

  constructor(options: FolderWatchesOptions) {
    this.#options = options;
  }

  /** How many folders are watched or polled. */
  get size(): number {
    return this.#folders.size;
  }

  /** Resolves when all watches asked for are in force: until then changes are told as well, but late. Never rejects. */
  get ready(): Promise<void> {
    return this.#source?.ready ?? Promise.resolve();
  }

  /** Never throws: a folder that is not there is silent until {@link renew}. */
  listen(path: string, listener: FolderListener): void {
    let folder = this.#folders.get(path);
    if (folder === undefined) {
      folder = { path, listeners: new Set(), watch: undefined, stamp: undefined };
      this.#folders.set(path, folder);
      this.#open(folder);
    }
    folder.listeners.add(listener);
  }

  /** Also one that does not listen. */
  unlisten(path: string, listener: FolderListener): void {
    const folder = this.#folders.get(path);
    if (!folder?.listeners.delete(listener) || folder.listeners.size > 0) return;
    this.#folders.delete(path);
    folder.watch?.[Symbol.dispose]();
    this.#stopPolling(folder);
  }

  /** The folder of that path is another one now, or is there again: a watch stays with the old one otherwise. */
  renew(path: string): void {
    const folder = this.#folders.get(path);
    if (folder) this.#open(folder);
  }

  /** Tries to watch what is only polled. */
  retry(): void {
    for (const folder of new Set(this.#polled)) if (this.#polled.has(folder)) this.#open(folder);
  }

  [Symbol.dispose](): void {
    for (const folder of this.#folders.values()) {
      folder.watch?.[Symbol.dispose]();
      this.#stopPolling(folder);
    }
    this.#folders.clear();
    this.#source?.[Symbol.dispose]();
  }

  #openSource(): FolderSource {
    const { findProgram = findWatcher } = this.#options;
    const program = findProgram();
    return program === undefined
      ? new NodeSource(this.#listener)
      : new ProgramSource({ program, listener: this.#listener });
  }

  #open(folder: WatchedFolder): void {
    const before = folder.watch;
    folder.watch = undefined;
    try {
      this.#options.failpoints.visitNow("watch.open");
      this.#source ??= this.#openSource();
      folder.watch = this.#source.watch(folder.path, before);
    } catch (error) {
      before?.[Symbol.dispose]();
      return this.#pollInstead(folder, error);
    }
    if (folder.watch.isInForce) this.#onWatched(folder);
  }

  #with(path: string, act: (folder: WatchedFolder) => void): void {
    const folder = this.#folders.get(path);
    if (folder) act(folder);
  }

  #onWatched(folder: WatchedFolder): void {
    if (!this.#polled.has(folder)) return;
    this.#stopPolling(folder);
    // What came after the last look, and before the watch.
    this.#lookAt(folder);
  }

  #onRefused(folder: WatchedFolder, error: unknown): void {
    folder.watch = undefined;
    if (this.#polled.has(folder)) return;
    this.#pollInstead(folder, error);
    // Since the watch was asked for nobody has looked.
    if (folder.stamp !== undefined) tell(folder, LOOK_AGAIN);
  }

  #onLost(reason: string): void {
    const folders = [...this.#folders.values()];
    this.#source = new NodeSource(this.#listener);
    for (const folder of folders) {
      folder.watch = undefined;
      this.#open(folder);
    }
    for (const folder of folders) if (folder.watch || folder.stamp !== undefined) tell(folder, LOOK_AGAIN);
    const message = `The program that watches folders is gone (${neutraliseLine(reason)}): Node.js watches them instead, which cannot tell whether a file is whole`;
    this.#options.onWarning({ message });
  }

  #pollInstead(folder: WatchedFolder, error: unknown): void {
    if (this.#polled.has(folder)) return;
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

  #stopPolling(folder: WatchedFolder): void {
    this.#polled.delete(folder);
    if (this.#polled.size > 0) return;
    this.#poll?.[Symbol.dispose]();
    this.#poll = undefined;
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
    tell(folder, LOOK_AGAIN);
  }
}

function tell(folder: WatchedFolder, event: FolderEvent): void {
  for (const listener of folder.listeners) listener.onFolderEvent(folder.path, event);
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
