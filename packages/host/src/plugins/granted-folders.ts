import { realpathSync } from "node:fs";
import { errorMessage } from "@berth/base";
import type { Grant } from "@berth/contract";
import { isConfigEntry } from "@berth/kernel/permissions";
import type { GrantedFolders } from "@berth/kernel/runner";

/**
 * The granted folders a plugin may open itself in a tier that has folders: those that are there now, by their real path. What only
 * the configuration of an instance names is reached through `ctx.files`.
 *
 * @param hidden folder of the host, which no grant shows.
 * @param onMissing hears of a folder that cannot be opened, and why.
 */
export function grantedFolders(
  grant: Pick<Grant, "read" | "write">,
  hidden: string,
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
  return { read: grant.read.flatMap(real), write: grant.write.flatMap(real), hidden: real(hidden) };
}
