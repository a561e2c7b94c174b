import { closeSync, constants, lstatSync, openSync, readdirSync, readSync, realpathSync } from "node:fs";

/**
 * What discovery looks at of a file: enough to see that it changed, and what kind it is. Times are milliseconds with a fraction,
 * exact to a quarter of a microsecond; that is enough, because an entry is trusted only if its file was seconds old when read.
 */
export interface FileStat {
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly size: number;
  readonly ino: number;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/**
 * The file operations of discovery, as a seam for tests that count or disturb them. They are synchronous: for thousands of small
 * files that is three to seven times as fast as promises, and a host that starts has nothing else to do.
 */
export interface FileSystem {
  /** The names in a folder, sorted. */
  list(folder: string): string[];
  /** Of the entry itself, not of what a link points to; `undefined` when there is none. */
  stat(path: string): FileStat | undefined;
  /** The content of a file that `stat` says is a regular one, at most `maxBytes + 1` of it. */
  read(file: string, stat: FileStat, maxBytes: number): Uint8Array;
  realPath(path: string): string;
}

// Neither follow a link that took the file's place, nor hang on a pipe.
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const STAT_OPTIONS = { throwIfNoEntry: false } as const;

export const nodeFileSystem: FileSystem = {
  list: (folder) => readdirSync(folder).sort(),
  stat(path) {
    try {
      return lstatSync(path, STAT_OPTIONS);
    } catch (error) {
      // The parent is a file: there is no such entry either.
      if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
      throw error;
    }
  },
  read(file, stat, maxBytes) {
    const descriptor = openSync(file, READ_FLAGS);
    try {
      return readUpTo(descriptor, stat.size, maxBytes + 1);
    } finally {
      closeSync(descriptor);
    }
  },
  realPath: (path) => realpathSync.native(path),
};

/** Reads to the end even if that is beyond `size`, but never more than `limit`. */
function readUpTo(descriptor: number, size: number, limit: number): Uint8Array {
  // From the pool when small: a thousand buffers of their own would keep the garbage collector busy.
  let buffer = Buffer.allocUnsafe(Math.min(size + 1, limit));
  let length = 0;
  for (;;) {
    length += readSync(descriptor, buffer, length, buffer.length - length, null);
    // A regular file reads short only at its end.
    if (length < buffer.length || length === limit) return buffer.subarray(0, length);
    buffer = Buffer.concat([buffer], Math.min(2 * length, limit));
  }
}
