import { lstatSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Clock } from "@berth/base";
import { MANIFEST_FILE } from "../manifest/manifest-file.ts";
import type { FolderEvent, FolderListener, FolderWatches } from "./folder-watches.ts";
import { isIgnoredFolder, isIgnoredName } from "./ignored-names.ts";

/** Folders of a plugin home that hold plugins by type instead of being plugins, as discovery has it. */
const TYPE_FOLDERS: ReadonlySet<string> = new Set(["schedulers", "executors", "outputs"]);
/**
 * A plugin that is gone for so long is gone. Copying tools and version control take a folder away and put it back at once, and
 * stopping a plugin for nothing is worse than stopping it half a second later.
 */
const GONE_AFTER_MS = 500;
/** A folder of more is no plugin folder but a mistake. */
const MOST_CHILDREN = 10_000;

/** What {@link WatchedRoot} needs. */
export interface WatchedRootParts {
  clock: Clock;
  watches: FolderWatches;
  /** Something changed: {@link WatchedRoot.changes} when it is quiet. */
  touch(): void;
}

/** A plugin's folder that is there, or no longer. */
export interface RootChange {
  folder: string;
  hasAppeared: boolean;
}

interface Child {
  isPlugin: boolean;
  /** By the clock's `monotonicMs`, for one that was a plugin. */
  goneSinceMs?: number;
}

/**
 * A folder of plugin folders: tells which come and go. Those that are there at first are known to discovery, and not told; an inner
 * one, by type, appears with all that is in it.
 */
export class WatchedRoot implements Disposable, FolderListener {
  readonly #folder: string;
  readonly #above: string;
  readonly #parts: WatchedRootParts;
  readonly #isInner: boolean;
  readonly #children = new Map<string, Child>();
  readonly #inner = new Map<string, WatchedRoot>();
  /** Names to look at; absent where it has to be all. */
  #toLookAt: Set<string> | undefined;
  #timer: Disposable | undefined;

  constructor(folder: string, parts: WatchedRootParts, isInner = false) {
    this.#folder = folder;
    this.#parts = parts;
    this.#isInner = isInner;
    this.#above = dirname(folder);
    for (const path of [this.#above, folder]) parts.watches.listen(path, this);
  }

  /** Takes what is there for known. */
  learn(): void {
    for (const _known of this.changes()) continue;
  }

  /** What came and went since the last time, in the order of names. What has just gone comes a moment later. */
  *changes(): Generator<RootChange> {
    const names = this.#toLookAt ?? new Set([...this.#children.keys(), ...namesIn(this.#folder)]);
    this.#toLookAt = new Set();
    for (const name of [...names].sort()) {
      const change = this.#lookAt(name);
      if (change) yield change;
    }
    for (const inner of this.#inner.values()) yield* inner.changes();
  }

  /** Looks by itself, for changes that nobody told of. */
  sweep(): void {
    this.#toLookAt = undefined;
    for (const inner of this.#inner.values()) inner.sweep();
    this.#parts.touch();
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    const children = Array.from(this.#children.keys(), (name) => join(this.#folder, name));
    for (const path of [this.#above, this.#folder, ...children]) this.#parts.watches.unlisten(path, this);
    for (const inner of this.#inner.values()) inner[Symbol.dispose]();
    this.#children.clear();
    this.#inner.clear();
  }

  onFolderEvent(folder: string, event: FolderEvent): void {
    if (folder === this.#above) this.#onAbove(event);
    else if (folder === this.#folder) this.#onInside(event);
    else this.#onChild(basename(folder), event);
  }

  #onAbove({ name, isRename }: FolderEvent): void {
    if (isRename && (name === undefined || name === basename(this.#folder))) this.#renewAll();
  }

  #onInside({ name, isRename }: FolderEvent): void {
    if (!isRename) return;
    if (name === undefined) return this.#renewAll();
    if (isIgnoredName(name) || isIgnoredFolder(name)) return;
    this.#parts.watches.renew(join(this.#folder, name));
    this.#again(name);
  }

  #onChild(child: string, { name, isRename }: FolderEvent): void {
    if (isRename && (name === undefined || name === MANIFEST_FILE)) this.#again(child);
  }

  #renewAll(): void {
    this.#parts.watches.renew(this.#folder);
    for (const name of this.#children.keys()) this.#parts.watches.renew(join(this.#folder, name));
    this.#toLookAt = undefined;
    this.#parts.touch();
  }

  #again(name: string): void {
    this.#toLookAt?.add(name);
    this.#parts.touch();
  }

  #lookAt(name: string): RootChange | undefined {
    if (isIgnoredName(name) || isIgnoredFolder(name) || this.#inner.has(name)) return undefined;
    const folder = join(this.#folder, name);
    // Watched first, then looked at: a manifest that comes in between is seen either way.
    const child = this.#children.get(name) ?? this.#adopt(name, folder);
    if (child === undefined) return undefined;
    if (hasManifest(folder)) return appeared(child, folder);
    if (child.isPlugin) return this.#missing(child, name, folder);
    if (!isFolder(folder)) this.#drop(name);
    else if (TYPE_FOLDERS.has(name) && !this.#isInner) this.#lookInto(name, folder);
    return undefined;
  }

  #adopt(name: string, folder: string): Child | undefined {
    if (this.#children.size >= MOST_CHILDREN || !isFolder(folder)) return undefined;
    const child = { isPlugin: false };
    this.#parts.watches.listen(folder, this);
    this.#children.set(name, child);
    return child;
  }

  #drop(name: string): void {
    if (this.#children.delete(name)) this.#parts.watches.unlisten(join(this.#folder, name), this);
  }

  #lookInto(name: string, folder: string): void {
    this.#inner.set(name, new WatchedRoot(folder, this.#parts, true));
    this.#drop(name);
  }

  #missing(child: Child, name: string, folder: string): RootChange | undefined {
    const nowMs = this.#parts.clock.monotonicMs();
    child.goneSinceMs ??= nowMs;
    const remainingMs = child.goneSinceMs + GONE_AFTER_MS - nowMs;
    if (remainingMs > 0) {
      this.#timer ??= this.#parts.clock.setTimer(() => this.#lookForGone(), remainingMs);
      return undefined;
    }
    child.isPlugin = false;
    delete child.goneSinceMs;
    if (!isFolder(folder)) this.#drop(name);
    return { folder, hasAppeared: false };
  }

  #lookForGone(): void {
    this.#timer = undefined;
    for (const [name, { goneSinceMs }] of this.#children) if (goneSinceMs !== undefined) this.#again(name);
  }
}

function appeared(child: Child, folder: string): RootChange | undefined {
  delete child.goneSinceMs;
  if (child.isPlugin) return undefined;
  child.isPlugin = true;
  return { folder, hasAppeared: true };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // Not there, or not to be read: discovery tells of that.
  }
}

function hasManifest(folder: string): boolean {
  try {
    return lstatSync(join(folder, MANIFEST_FILE), { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false; // Beside plugins there are files: they hold nothing.
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false; // A link that leads round in circles, or where nobody may look.
  }
}
