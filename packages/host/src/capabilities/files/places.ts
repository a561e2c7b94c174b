import { lstat, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type BoundGrant, isInFolder } from "@berth/kernel/permissions";
import { isGuarded } from "./guarded.ts";

/** The folders of one plugin. Absolute. */
export interface PluginFolders {
  /** Its own: relative paths start here, it may read and write all of it. */
  data: string;
  /** Its code: readable, never writable. */
  code: string;
  /**
   * Never reachable, even below a granted folder, except for `data` and `code`: the host's database and the data of other plugins
   * lie in many a working folder.
   */
  hidden?: readonly string[];
  /** Files and folders never writable, even below a granted folder: the code of plugins and what configures the host. */
  guarded?: readonly string[];
}

/** What a path is wanted for. `measure` is the size of its file system, which tells nothing of what is in it. */
export type Purpose = "read" | "write" | "measure";

/** Where a plugin may read and write, by text. */
export interface Places {
  readonly data: string;
  readonly code: string;
  readonly hidden: readonly string[];
  readonly guarded: readonly string[];
  readonly read: readonly string[];
  readonly write: readonly string[];
  /** What the grant says of a folder where that is other words: a `config:` entry. */
  readonly entries?: ReadonlyMap<string, string> | undefined;
}

/** The places of a grant as the operator wrote them. */
export function namedPlaces(
  folders: PluginFolders,
  grant: Pick<BoundGrant, "read" | "write" | "configuredFrom">,
): Places {
  return {
    data: resolve(folders.data),
    code: resolve(folders.code),
    hidden: (folders.hidden ?? []).map((folder) => resolve(folder)),
    guarded: (folders.guarded ?? []).map((path) => resolve(path)),
    read: grant.read.map((folder) => resolve(folder)),
    write: grant.write.map((folder) => resolve(folder)),
    entries: grant.configuredFrom,
  };
}

/** The entry of the grant that makes `path` a place; `undefined` for the plugin's own folders, which need none. */
export function entryOf(places: Places, path: string, purpose: Purpose): string | undefined {
  if (isInFolder(path, places.code) || isInFolder(path, places.data)) return undefined;
  const granted = purpose === "measure" ? [...places.read, ...places.write] : places[purpose];
  const folder = granted.find((each) => isInFolder(path, each) || (purpose === "measure" && isInFolder(each, path)));
  return folder && (places.entries?.get(folder) ?? folder);
}

/** Whether `path` (absolute, normalised) lies in a place for `purpose`. */
export function isInPlace(places: Places, path: string, purpose: Purpose): boolean {
  if (purpose === "measure") return isMeasurable(places, path);
  if (isInFolder(path, places.code)) return purpose === "read";
  if (isInFolder(path, places.data)) return true;
  if (places.hidden.some((folder) => isInFolder(path, folder))) return false;
  if (purpose === "write" && isGuarded(places.guarded, path)) return false;
  return places[purpose].some((folder) => isInFolder(path, folder));
}

/**
 * The same places with every link resolved, as they are now. A granted folder below one the plugin can write in may be a link the
 * plugin had made (a granted program can make one), so such a folder counts only if it really lies there.
 */
export async function realPlaces(named: Places): Promise<Places> {
  const [data, code] = await Promise.all([realOrNamed(named.data), realOrNamed(named.code)]);
  const writable = await Promise.all(
    [named.data, ...named.write].map(async (at) => ({ at, real: await realOrNamed(at) })),
  );
  const real = async (folder: string): Promise<string[]> => {
    const path = await realOrNamed(folder);
    const above = writable.filter(({ at }) => at !== folder && isInFolder(folder, at));
    return above.every((parent) => isInFolder(path, parent.real)) ? [path] : [];
  };
  const all = async (folders: readonly string[]): Promise<string[]> => (await Promise.all(folders.map(real))).flat();
  const [read, write] = await Promise.all([all(named.read), all(named.write)]);
  const [hidden, guarded] = await Promise.all(
    [named.hidden, named.guarded].map((paths) => Promise.all(paths.map(realOrNamed))),
  );
  return { data, code, hidden: hidden!, guarded: guarded!, read, write };
}

/** The real path of what exists of `path`, and the rest of it as it is. */
export async function realOrNamed(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    if (parent === path) return path;
    // A link that leads nowhere is not resolved by its name: what it will lead to is unknown.
    const isDangling = await lstat(path).then(
      (found) => found.isSymbolicLink(),
      () => false,
    );
    return isDangling ? join(path, "\0") : join(await realOrNamed(parent), basename(path));
  }
}

/** A folder above a place holds nothing but that place, as far as its file system's size tells. */
function isMeasurable(places: Places, path: string): boolean {
  const all = [places.data, places.code, ...places.read, ...places.write];
  return all.some((folder) => isInFolder(folder, path) || isInFolder(path, folder));
}
