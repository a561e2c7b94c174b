import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { writeFileAtomically } from "@berth/base";
import { HostError } from "@berth/contract";

export interface WriteOptions {
  text: string;
  /** How many sources are in it, and how many of them are switched on. */
  sources: readonly { enabled: boolean }[];
  /** Replace a file that is there. */
  force?: boolean | undefined;
  cwd?: string;
}

/**
 * Writes a new `sources.yaml` and says so in one sentence for people: where, how many sources, and that it wants a review.
 *
 * @throws `CONFIG_EXISTS` when there is a file already and `force` is not set.
 */
export async function writeConfig(path: string | undefined, options: WriteOptions): Promise<string> {
  const file = path ?? "sources.yaml";
  const { text, sources, force = false, cwd = process.cwd() } = options;
  if (force) await writeFileAtomically(resolve(cwd, file), text);
  else await writeNew(file, resolve(cwd, file), text);
  const enabled = sources.filter((source) => source.enabled).length;
  const count = sources.length === 1 ? "1 source" : `${sources.length} sources`;
  return `Wrote ${file} with ${count}, ${enabled} switched on. Please review it before the first run.`;
}

async function writeNew(file: string, path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const message = `Cannot write ${file}: it is there already; use --force to replace it, or name another file`;
    throw new HostError("CONFIG_EXISTS", message);
  }
}
