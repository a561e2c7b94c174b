import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorMessage } from "@berth/base";
import { HostError } from "@berth/contract";

/** Makes the folder where a host keeps its data, unless it is there. @throws HostError `STORAGE_FAILED` */
export function makeDataFolder(path: string): void {
  try {
    // In one go: fs/promises is not needed by a start that finds all as it left it, and takes 2 ms to load.
    const made = mkdirSync(path, { recursive: true });
    // It lies in many a repository, where nobody wants it.
    if (made !== undefined) writeFileSync(join(path, ".gitignore"), "*\n");
  } catch (cause) {
    throw new HostError("STORAGE_FAILED", `Cannot make the data folder ${path}: ${errorMessage(cause)}`, { cause });
  }
}
