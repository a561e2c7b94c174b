import { constants } from "node:fs";
import { type FileHandle, open, readlink, realpath } from "node:fs/promises";

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Opens without following a last link, without waiting for the other end of a pipe, and without becoming its terminal. */
const FILE_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
const FOLDER_FLAGS = FILE_FLAGS | O_DIRECTORY;

/** Linux tells where an open file really is; elsewhere a moment stays between look and use. */
const HAS_DESCRIPTOR_LINKS = process.platform === "linux";

/** Another program may move what is being opened; one that always does is not raced for ever. */
const ATTEMPTS = 3;

/**
 * Opens `real` (a path without links) and makes sure that what was opened lies where `isAllowed` says: a folder on the way may
 * have been replaced by a link in between.
 *
 * @returns the open file, or `undefined` when it is not where it should be.
 */
export async function openVerified(
  real: string,
  kind: "file" | "folder",
  isAllowed: (path: string) => boolean,
): Promise<FileHandle | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const handle = await open(real, kind === "file" ? FILE_FLAGS : FOLDER_FLAGS);
    const found = await whereIs(handle, real);
    if (found === real && isAllowed(found)) return handle;
    await handle.close();
    // Replaced as a whole while it was opened, as atomic writers do: the new one is looked at instead.
    if (found !== `${real} (deleted)`) return undefined;
  }
  return undefined;
}

/** A path to an open folder that no renaming can redirect. */
export function anchor(handle: FileHandle, real: string): string {
  return HAS_DESCRIPTOR_LINKS ? `/proc/self/fd/${handle.fd}` : real;
}

function whereIs(handle: FileHandle, real: string): Promise<string> {
  return HAS_DESCRIPTOR_LINKS ? readlink(`/proc/self/fd/${handle.fd}`) : realpath(real);
}
