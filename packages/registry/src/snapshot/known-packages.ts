import { isSameFile } from "../digest/hash-file.ts";
import type { ListedFile } from "../digest/list-files.ts";

/** What is known of a file that was copied before. */
export interface KnownFile {
  /** SHA-256 of its content, hexadecimal. */
  content: string;
  /** Its place in the earlier copy. */
  file: string;
}

interface KnownFolder {
  digest: string;
  copy: string;
  files: ReadonlyMap<string, { listed: ListedFile; content: string }>;
}

/** As many files of packages as some large plugins have; more are read again, nothing else happens. */
const MOST_FILES = 50_000;
/**
 * A file may be changed twice within one tick of the file system's clock, and nobody can see the second time; the coarsest
 * clocks in use tick every two seconds.
 */
const SETTLED_NS = 3_000_000_000n;
const PACKAGES = /(?:^|\/)node_modules\//;

/**
 * Remembers the files that plugins bring along in `node_modules`: there may be thousands, and none of them changes while an author
 * saves. Such a file is neither read nor written again. The plugin's own files always are: they are few, and no two copies shall
 * share one that a plugin might write to.
 */
export class KnownPackages {
  readonly #folders = new Map<string, KnownFolder>();
  #count = 0;

  /** The same file as it was copied earlier; `undefined` when anything about it has changed. */
  find(folder: string, { path, stat }: ListedFile): KnownFile | undefined {
    const known = this.#folders.get(folder);
    const earlier = known?.files.get(path);
    if (known === undefined || earlier === undefined || !isSameFile(earlier.listed.stat, stat)) return undefined;
    return { content: earlier.content, file: `${known.copy}/${path}` };
  }

  /** @param listedAt when it was begun to list the files, ms since 1970. */
  remember(
    folder: string,
    copy: { digest: string; copy: string },
    files: Iterable<{ listed: ListedFile; content: string }>,
    listedAt: number,
  ): void {
    this.forget((known) => known === this.#folders.get(folder));
    const latest = BigInt(Math.floor(listedAt)) * 1_000_000n - SETTLED_NS;
    const kept = new Map<string, { listed: ListedFile; content: string }>();
    for (const { listed, content } of files) {
      if (isInPackage(listed.path) && isSettled(listed, latest)) kept.set(listed.path, { listed, content });
    }
    if (kept.size === 0 || kept.size > MOST_FILES) return;
    this.#folders.set(folder, { ...copy, files: kept });
    this.#count += kept.size;
    for (const [oldest] of this.#folders) {
      if (this.#count <= MOST_FILES) return;
      this.#drop(oldest);
    }
  }

  /** After copies were removed, or turned out not to be there. */
  forget(isGone: (known: { digest: string }) => boolean): void {
    for (const [folder, known] of this.#folders) if (isGone(known)) this.#drop(folder);
  }

  #drop(folder: string): void {
    this.#count -= this.#folders.get(folder)?.files.size ?? 0;
    this.#folders.delete(folder);
  }
}

/** Whether it is a file of a package that the plugin brings along. */
export function isInPackage(path: string): boolean {
  return PACKAGES.test(path);
}

function isSettled({ stat }: ListedFile, latest: bigint): boolean {
  return stat.ino !== 0n && stat.ctimeNs < latest && stat.mtimeNs < latest;
}
