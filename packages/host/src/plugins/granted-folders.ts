import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { errorMessage } from "@berth/base";
import type { Grant } from "@berth/contract";
import { isConfigEntry, isInFolder } from "@berth/kernel/permissions";
import type { GrantedFolders } from "@berth/kernel/runner";

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
export function grantedFolders(
  grant: Pick<Grant, "read" | "write">,
  { hidden, guarded }: { hidden: string; guarded: readonly string[] },
  onMissing: (folder: string, why: string) => void,
): GrantedFolders {
  const real = (folder: string): string[] => {
    if (isConfigEntry(folder)) return [];
    try {
      return [realpathSync(folder)];
    } catch (error) {
      onMissing(folder, errorMessage(error));
      return [];
    }
  };
  const write = grant.write.flatMap(real);
  const realGuarded = guarded.map(realOrNamed);
  const holdsGuarded = (folder: string): boolean =>
    realGuarded.some((path) => isInFolder(path, folder) || isInFolder(folder, path));
  return {
    read: [...grant.read.flatMap(real), ...write.filter(holdsGuarded)],
    write: write.filter((folder) => !holdsGuarded(folder)),
    hidden: real(hidden),
  };
}

/** The real path of what is there; of what is not, that of its folder, for somebody may make it. */
function realOrNamed(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realOrNamed(parent), basename(path));
  }
}
