import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fchmodSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  writeSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorMessage, neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";

/** File systems without hard links, or with no more of them for this file. */
const CANNOT_LINK = new Set(["EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EXDEV"]);

/** A file of a draft that is being written. */
export interface DraftFile extends Disposable {
  write(piece: Uint8Array): void;
}

/** A copy in the making, in a folder beside the finished ones. */
export class SnapshotDraft implements AsyncDisposable {
  readonly #folder: string;
  readonly #made = new Set<string>();
  #isMoved = false;

  /** @throws HostError `STORAGE_FAILED`, as all of its methods do when the copy cannot be written. */
  constructor(folder: string) {
    this.#folder = folder;
    explained(folder, () => {
      // Mostly it is there.
      if (!existsSync(dirname(folder))) mkdirSync(dirname(folder), { recursive: true });
      this.#makeFolder(folder);
    });
  }

  /** Opens a new file; whoever calls disposes it. */
  open(path: string, isExecutable: boolean): DraftFile {
    const descriptor = explained(this.#folder, () => openSync(this.#placeOf(path), "wx", 0o600));
    const write = (piece: Uint8Array): void => {
      for (let at = 0; at < piece.length;) at += writeSync(descriptor, piece, at);
    };
    return {
      write: (piece) => explained(this.#folder, () => write(piece)),
      [Symbol.dispose]() {
        try {
          // By itself and not with open: no mask of the process takes from it. Nobody needs to write there again.
          fchmodSync(descriptor, isExecutable ? 0o555 : 0o444);
        } finally {
          closeSync(descriptor);
        }
      },
    };
  }

  /** Takes over a file of an earlier copy, which nobody changes. False when that is gone. */
  link(path: string, earlier: string): boolean {
    return explained(this.#folder, () => linkOrCopy(earlier, this.#placeOf(path)));
  }

  /** Puts the copy at `target`, whole or not at all. When one is there already, that one stays. */
  commit(target: string): void {
    explained(this.#folder, () => {
      try {
        renameSync(this.#folder, target);
        this.#isMoved = true;
      } catch (error) {
        if (!existsSync(target)) throw error;
      }
    });
  }

  /** Removes what there is of it; nothing after a commit. What cannot be removed is left to the store's sweep. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isMoved) return;
    await rm(this.#folder, { recursive: true, force: true }).catch(() => undefined);
  }

  #placeOf(path: string): string {
    const place = join(this.#folder, path);
    this.#makeFolders(dirname(place));
    return place;
  }

  #makeFolders(folder: string): void {
    if (this.#made.has(folder)) return;
    this.#makeFolders(dirname(folder));
    this.#makeFolder(folder);
  }

  #makeFolder(folder: string): void {
    mkdirSync(folder);
    // A runner may run it as another user; who may come so far is decided by the folder that holds the store.
    chmodSync(folder, 0o755);
    this.#made.add(folder);
  }
}

function linkOrCopy(earlier: string, place: string): boolean {
  try {
    linkSync(earlier, place);
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code);
    if (code === "ENOENT") return false;
    if (!CANNOT_LINK.has(code)) throw error;
    copyFileSync(earlier, place, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
  return true;
}

function explained<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw notKept(dirname(folder), cause);
  }
}

/** For a store that cannot be written. */
export function notKept(store: string, cause: unknown): HostError {
  const message = `Cannot keep a copy of the plugin in ${neutraliseLine(store)}: ${neutraliseLine(errorMessage(cause))}`;
  return new HostError("STORAGE_FAILED", message, { details: { folder: store }, cause });
}
