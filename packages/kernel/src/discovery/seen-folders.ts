import type { FileStat } from "./file-system.ts";

/**
 * Tells whether a folder was seen before under another path. To resolve every path would cost more than the rest of discovery,
 * so it is done only for manifests of one inode; hard links, as some package managers make, share one too and are told apart.
 */
export class SeenFolders {
  readonly #realPath: (path: string) => string;
  readonly #byInode = new Map<number, string | Set<string>>();

  constructor(realPath: (path: string) => string) {
    this.#realPath = realPath;
  }

  isRepeated(folder: string, manifest: FileStat): boolean {
    const known = this.#byInode.get(manifest.ino);
    if (known === undefined) {
      this.#byInode.set(manifest.ino, folder);
      return false;
    }
    const realPaths = typeof known === "string" ? new Set([this.#realPath(known)]) : known;
    this.#byInode.set(manifest.ino, realPaths);
    const isRepeated = realPaths.has(this.#realPath(folder));
    realPaths.add(this.#realPath(folder));
    return isRepeated;
  }
}
