import { resolve } from "node:path";
import { type Clock, errorMessage, neutraliseLine, systemClock } from "@berth/base";
import { HostError } from "@berth/contract";
import { candidatesIn } from "./candidates.ts";
import { type BrokenPlugin, DiscoveredPlugin } from "./discovered-plugin.ts";
import { type FileSystem, nodeFileSystem } from "./file-system.ts";
import { loadIndex, saveIndex, StoredIndex } from "./index-store.ts";
import { ManifestShelf } from "./manifest-shelf.ts";
import type { Root } from "./root.ts";
import { SeenFolders } from "./seen-folders.ts";

/** Two plugins of one name and version: the first found stays, the other is refused. */
export interface DuplicatePlugin {
  kept: DiscoveredPlugin;
  refused: DiscoveredPlugin;
  /** `PLUGIN_DUPLICATE`, naming both folders. */
  error: HostError;
}

/** A root that could not be looked into. What was found in it before the failure counts. */
export interface FailedRoot {
  root: Root;
  error: HostError;
}

/** Everything that was found. The order is that of the roots, and of names within a root. */
export interface Discovery {
  /** Of one name there may be several versions. */
  plugins: readonly DiscoveredPlugin[];
  broken: readonly BrokenPlugin[];
  duplicates: readonly DuplicatePlugin[];
  failedRoots: readonly FailedRoot[];
  /** Folders beside plugins that have no manifest. */
  ignored: readonly string[];
  /** How many manifests and `package.json` files were as the index knew them, and how many were read. */
  fromIndex: number;
  read: number;
  /** Why the index could not be written, if it could not: the next start will read again what this one read. */
  indexError?: HostError;
}

export interface DiscoverOptions {
  roots: readonly Root[];
  /** The file that keeps what was read, for the next start. One for each set of roots; without one, all is read each time. */
  index?: string;
  clock?: Clock;
  signal?: AbortSignal;
  files?: FileSystem;
}

/**
 * Finds plugins and reads their manifests, running none of their code. One that is broken is told and the others go on. With an
 * index, a file that has not changed costs one `lstat`.
 *
 * Links to plugin folders are followed, since package managers link workspaces and people link what they work on, and what lies
 * in a root is the operator's doing; the manifest itself must be a regular file. A plugin reached by two paths is one, of the
 * first root that has it.
 *
 * @throws the signal's reason once `signal` aborts; for nothing that is in the roots.
 */
export async function discover(options: DiscoverOptions): Promise<Discovery> {
  const { roots, index, clock = systemClock, signal, files = nodeFileSystem } = options;
  const stored = index === undefined ? new StoredIndex(undefined) : loadIndex(index);
  const shelf = new ManifestShelf(files, stored, clock.now());
  const found = new Findings();
  const seen = new SeenFolders((path) => files.realPath(path));
  for (const root of roots) await searchRoot(root, { files, shelf, found, seen, ...(signal ? { signal } : {}) });
  const indexError = index === undefined ? undefined : keep(index, shelf);
  return { ...found.result(), fromIndex: shelf.fromIndex, read: shelf.read, ...(indexError ? { indexError } : {}) };
}

interface Search {
  files: FileSystem;
  shelf: ManifestShelf;
  found: Findings;
  seen: SeenFolders;
  signal?: AbortSignal;
}

async function searchRoot(root: Root, { files, shelf, found, seen, signal }: Search): Promise<void> {
  signal?.throwIfAborted();
  const path = resolve(root.path);
  const survey = {
    files,
    packageAnswer: shelf.packageAnswer.bind(shelf),
    ignore: (folder: string) => void found.ignored.push(folder),
  };
  try {
    for (const candidate of candidatesIn(root, path, survey)) {
      if (candidate.stat !== undefined && seen.isRepeated(candidate.folder, candidate.stat)) continue;
      found.add(shelf.take(candidate, root) ?? (await shelf.readAfresh(candidate, root, signal)));
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (root.optional === true && (error as NodeJS.ErrnoException).code === "ENOENT") return;
    found.failRoot(root, error);
  }
}

/** Sorts what was found into what can be used and what cannot. */
class Findings {
  readonly ignored: string[] = [];
  readonly #plugins: DiscoveredPlugin[] = [];
  readonly #byVersion = new Map<string, DiscoveredPlugin>();
  readonly #broken: BrokenPlugin[] = [];
  readonly #duplicates: DuplicatePlugin[] = [];
  readonly #failedRoots: FailedRoot[] = [];

  add(found: DiscoveredPlugin | BrokenPlugin): void {
    if (found instanceof DiscoveredPlugin) this.#addSound(found);
    else this.#broken.push(found);
  }

  #addSound(plugin: DiscoveredPlugin): void {
    const key = `${plugin.name}@${plugin.version}`;
    const kept = this.#byVersion.get(key);
    if (kept !== undefined) {
      this.#duplicates.push({ kept, refused: plugin, error: duplicateError(kept, plugin) });
      return;
    }
    this.#byVersion.set(key, plugin);
    this.#plugins.push(plugin);
  }

  failRoot(root: Root, cause: unknown): void {
    const message = `Cannot look for plugins in "${neutraliseLine(root.path)}": ${neutraliseLine(errorMessage(cause))}`;
    this.#failedRoots.push({ root, error: new HostError("PLUGIN_NOT_FOUND", message, { cause }) });
  }

  result(): Pick<Discovery, "plugins" | "broken" | "duplicates" | "failedRoots" | "ignored"> {
    return {
      plugins: this.#plugins,
      broken: this.#broken,
      duplicates: this.#duplicates,
      failedRoots: this.#failedRoots,
      ignored: this.ignored,
    };
  }
}

function duplicateError(kept: DiscoveredPlugin, refused: DiscoveredPlugin): HostError {
  const message = `Cannot use the plugin in "${neutraliseLine(refused.folder)}": "${kept.name}" ${kept.version} is there already, in "${neutraliseLine(kept.folder)}"`;
  const details = { name: kept.name, kept: kept.manifestFile, refused: refused.manifestFile };
  return new HostError("PLUGIN_DUPLICATE", message, { details });
}

/** The index is a convenience: a data folder that cannot be written makes starts slower, not impossible. */
function keep(index: string, shelf: ManifestShelf): HostError | undefined {
  if (!shelf.hasChanged) return undefined;
  try {
    saveIndex(index, shelf.records);
    return undefined;
  } catch (cause) {
    const message = `Cannot write the index of plugins "${neutraliseLine(index)}": ${neutraliseLine(errorMessage(cause))}`;
    return new HostError("STORAGE_FAILED", message, { cause });
  }
}
