import { type Dir, lstatSync, opendirSync } from "node:fs";
import { join } from "node:path";

/** Every entry costs the disk something, an empty file too; so whoever makes endless small ones is met as well. */
const LEAST_BYTES_AN_ENTRY = 4_096;
const BYTES_PER_BLOCK = 512;
const DEEPEST = 64; // each level holds a descriptor of the host open, and a plugin may nest thousands

/** The size of a folder, and whether that is all of it. */
export interface FolderSize {
  bytes: number;
  /** Something in it could not be seen: too deep, or closed to the host. */
  hasHidden: boolean;
}

/**
 * Measures a folder a few entries at a time. Yields after each `entriesAtOnce`; ends with the size, or as soon as it is known to be
 * past `enoughBytes`. Links are counted, not followed. Other people write there meanwhile: the size is that of no exact moment.
 */
export function* measureFolder(
  folder: string,
  enoughBytes: number,
  entriesAtOnce: number,
): Generator<undefined, FolderSize, undefined> {
  const open: { path: string; entries: Dir }[] = [];
  let bytes = 0;
  let hasHidden = false;
  let seen = 0;
  const enter = (path: string): void => {
    if (open.length >= DEEPEST) {
      hasHidden = true;
      return;
    }
    try {
      open.push({ path, entries: opendirSync(path) });
    } catch (error) {
      // What is deleted while we look is nothing to count.
      hasHidden ||= (error as NodeJS.ErrnoException).code !== "ENOENT";
    }
  };
  try {
    enter(folder);
    for (let top = open.at(-1); top; top = open.at(-1)) {
      const entry = top.entries.readSync();
      if (!entry) {
        top.entries.closeSync();
        open.pop();
        continue;
      }
      const path = join(top.path, entry.name);
      bytes += bytesOf(path);
      if (bytes > enoughBytes) break;
      if (entry.isDirectory()) enter(path);
      if (++seen % entriesAtOnce === 0) yield undefined;
    }
    return { bytes, hasHidden };
  } finally {
    for (const { entries } of open) entries.closeSync();
  }
}

function bytesOf(path: string): number {
  try {
    const file = lstatSync(path, { throwIfNoEntry: false });
    return Math.max(LEAST_BYTES_AN_ENTRY, (file?.blocks ?? 0) * BYTES_PER_BLOCK);
  } catch {
    return LEAST_BYTES_AN_ENTRY;
  }
}
