import { type FileHandle, open, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { errorMessage } from "@berth/base";
import { HostError } from "@berth/contract";
import type { CommandContext } from "../../../command-context.ts";

/** Where what was taken goes: the file that was asked for, or one named for the plugin and the time, here. */
export function outputPath(context: CommandContext, plugin: string, ending: string, wanted?: string): string {
  if (wanted !== undefined) {
    return resolve(context.cwd, wanted.endsWith(ending) ? wanted : `${wanted}${ending}`);
  }
  const when = new Date(context.clock.now())
    .toISOString()
    .replace(/[-:]|\..*$/g, "")
    .replace("T", "-");
  // A name may have a version behind it, and the manifest's rules for names are not those of file systems.
  return resolve(context.cwd, `${plugin.replace(/[^A-Za-z0-9._-]/g, "_")}-${when}${ending}`);
}

/** A new file, which is gone again unless `work` succeeds. @throws HostError `CONFIG_EXISTS` when something is there. */
export async function writeNewFile<T>(path: string, mode: number, work: (file: FileHandle) => Promise<T>): Promise<T> {
  await using file = await openNew(path, mode);
  try {
    return await work(file);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

async function openNew(path: string, mode: number): Promise<FileHandle> {
  try {
    return await open(path, "wx", mode);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "EEXIST") {
      throw new HostError("CONFIG_EXISTS", `Cannot write ${path}: it is there already; name another with --output`);
    }
    throw new HostError("CONFIG_NOT_FOUND", `Cannot write ${path}: ${errorMessage(error)}`, { cause: error });
  }
}
