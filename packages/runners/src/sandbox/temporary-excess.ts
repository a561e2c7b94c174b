import { statfsSync } from "node:fs";
import { measureFolder } from "../limits/folder-size.ts";

/**
 * Looks whether a program keeps too much where it may keep temporary files. A clause that says what is too much; nothing as long
 * as it is not.
 */
export type FindExcess = (first: number) => string | undefined;

/** A folder in memory holds bytes up to its size, but any number of empty files, each of which is memory of the kernel. */
const MOST_FILES = 10_000;
const MIB = 2 ** 20;
const ENTRIES_A_LOOK = 500;

/** Looks at folders in memory, through the eyes of the first process inside. */
export function excessInMemory(folders: readonly { at: string; sizeMb: number }[]): FindExcess {
  return (first) => {
    const crowded = folders.some(({ at, sizeMb }) => filesIn(`/proc/${first}/root${at}`, sizeMb * MIB) > MOST_FILES);
    return crowded ? `it made more than ${MOST_FILES} temporary files` : undefined;
  };
}

/** Looks at a folder of the machine, a part of it each time. */
export function excessInFolder(folder: string, sizeMb: number): FindExcess {
  let walk: ReturnType<typeof measureFolder> | undefined;
  return () => {
    walk ??= measureFolder(folder, sizeMb * MIB, ENTRIES_A_LOOK);
    const { done, value } = walk.next();
    if (!done) return undefined;
    walk = undefined;
    if (value.hasHidden) return "it hid some of its temporary files";
    return value.bytes > sizeMb * MIB ? `its temporary files took more than ${sizeMb} MiB` : undefined;
  };
}

function filesIn(folder: string, bytes: number): number {
  try {
    const { blocks, bsize, files, ffree } = statfsSync(folder);
    // Until the sandbox is made, its first process still sees what the host sees.
    return blocks * bsize === bytes ? files - ffree : 0;
  } catch (error) {
    // What cannot be looked at is not left alone; but when nobody is there any more, that is all right.
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? 0 : Number.POSITIVE_INFINITY;
  }
}
