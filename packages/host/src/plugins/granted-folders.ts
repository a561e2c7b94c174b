import { realpathSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { errorMessage } from "@berth/base";
import type { Grant } from "@berth/contract";
import { isConfigEntry, isInFolder } from "@berth/kernel/permissions";
import type { GrantedFolders } from "@berth/kernel/runner";
import { isGuarded } from "../capabilities/files/guarded.ts";
import { realOrNamed } from "../capabilities/files/places.ts";

/**
 * The granted folders a plugin may open itself in a tier that has folders: those that are there now, by their real path. What only
 * the configuration of an instance names is reached through `ctx.files`.
 *
 * A folder that holds something guarded is only read there: what a plugin opens itself, nobody looks at while it writes. `ctx.files`
 * writes beside it.
 *
 * @param places.hidden folder of the host, which no grant shows.
 * @param places.guarded files and folders that no plugin may change.
 * @param onMissing hears of a folder that cannot be opened, and why.
 */
export async function grantedFolders(
  grant: Pick<Grant, "read" | "write">,
  { hidden, guarded }: { hidden: string; guarded: readonly string[] },
  onMissing: (folder: string, why: string) => void,
): Promise<GrantedFolders> {
  const real = async (folder: string): Promise<string[]> => {
    if (isConfigEntry(folder)) return [];
    try {
      return [await realpath(folder)];
    } catch (error) {
      onMissing(folder, errorMessage(error));
      return [];
    }
  };
  const all = async (folders: readonly string[]): Promise<string[]> => (await Promise.all(folders.map(real))).flat();
  const [read, write] = await Promise.all([all(grant.read), all(grant.write)]);
  // Most plugins write nowhere, and real paths are asked for one by one.
  const realGuarded = write.length === 0 ? [] : await Promise.all(guarded.map(realOrNamed));
  const holdsGuarded = (folder: string): boolean =>
    isGuarded(realGuarded, folder) || realGuarded.some((path) => isInFolder(path, folder));
  return {
    read: [...read, ...write.filter(holdsGuarded)],
    write: write.filter((folder) => !holdsGuarded(folder)),
    // The host itself writes there all the time: asking at once takes less than having it asked.
    hidden: [realpathSync.native(hidden)],
  };
}
