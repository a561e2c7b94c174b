import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import { errorMessage, neutraliseLine } from "@berth/base";

/** How it stands with the folder where the host keeps its data. */
export interface DataFolderReport {
  path: string;
  /** `absent`: it will be made at the first start. */
  state: "ready" | "absent" | "unusable";
  problem?: string;
}

/** Looks at the data folder without making or writing anything. */
export function examineDataFolder(path: string): DataFolderReport {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    const problem = unwritable(nearestExisting(path));
    return problem === undefined ? { path, state: "absent" } : { path, state: "unusable", problem };
  }
  const problem = found.isDirectory() ? unwritable(path) : `${neutraliseLine(path)} is no folder`;
  return problem === undefined ? { path, state: "ready" } : { path, state: "unusable", problem };
}

function unwritable(folder: string): string | undefined {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return `no right to write ${neutraliseLine(folder)}: ${neutraliseLine(errorMessage(error))}`;
  }
}

function nearestExisting(path: string): string {
  const above = dirname(path);
  if (above === path || statSync(above, { throwIfNoEntry: false }) !== undefined) return above;
  return nearestExisting(above);
}
