import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readlink, realpath } from "node:fs/promises";

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Linux tells where an open file really is; elsewhere a moment stays between look and use. */
const HAS_DESCRIPTOR_LINKS = process.platform === "linux";

/** Linux's way to hold a place without opening what is there; Node has no name for it. The same on x64 and arm64. */
const O_PATH = 0o10_000_000;

/** Without following a last link, without waiting for the other end of a pipe, and without becoming its terminal. */
const FLAGS = { file: O_RDONLY | O_NOFOLLOW | O_NONBLOCK, folder: O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_DIRECTORY };

/** Another program may move what is being opened; one that always does is not raced for ever. */
const ATTEMPTS = 3;

/**
 * Opens `real` (a path without links) and makes sure that what was opened lies where `isAllowed` says: a folder on the way may
 * have been replaced by a link in between. Nothing is opened before it was looked at: for a device, being opened can be an event, and
 * a swapped folder could lead to one.
 *
 * @returns a file open for reading; a folder, or whatever is of another kind, held and not opened; `undefined` for what is not where
 * it should be.
 */
export async function openVerified(
  real: string,
  kind: "file" | "folder",
  isAllowed: (path: string) => boolean,
): Promise<FileHandle | undefined> {
  if (!HAS_DESCRIPTOR_LINKS) return await openAndCompare(real, FLAGS[kind], isAllowed);
  const place = await holdVerified(real, isAllowed);
  if (!place || kind === "folder") return place;
  try {
    if (!(await place.stat()).isFile()) return place;
    // The very file that is held, wherever its path may lead by now.
    const handle = await open(anchor(place, real), O_RDONLY | O_NONBLOCK);
    await place.close();
    return handle;
  } catch (error) {
    await place.close();
    throw error;
  }
}

/** What is at `real`, if that lies where `isAllowed` says. */
export async function statVerified(real: string, isAllowed: (path: string) => boolean): Promise<Stats | undefined> {
  if (!HAS_DESCRIPTOR_LINKS) return await lstat(real);
  await using place = await holdVerified(real, isAllowed);
  return await place?.stat();
}

/** A path to an open folder that no renaming can redirect. */
export function anchor(handle: FileHandle, real: string): string {
  return HAS_DESCRIPTOR_LINKS ? `/proc/self/fd/${handle.fd}` : real;
}

async function holdVerified(real: string, isAllowed: (path: string) => boolean): Promise<FileHandle | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const place = await open(real, O_PATH | O_NOFOLLOW);
    const found = await readlink(anchor(place, real));
    if (found === real && isAllowed(found)) return place;
    await place.close();
    // Replaced as a whole while it was opened, as atomic writers do: the new one is looked at instead.
    if (found !== `${real} (deleted)`) return undefined;
  }
  return undefined;
}

async function openAndCompare(
  real: string,
  flags: number,
  isAllowed: (path: string) => boolean,
): Promise<FileHandle | undefined> {
  const handle = await open(real, flags);
  if ((await realpath(real)) === real && isAllowed(real)) return handle;
  await handle.close();
  return undefined;
}
