import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Writes a whole file so that a reader, or a crash at any point, sees the old content or the new one and nothing between:
 * a sibling is written and flushed, then renamed over the target, then the folder entry is flushed.
 */
export async function writeFileAtomically(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  // Chance only keeps writers apart; "wx" below refuses whatever already stands there. node:crypto would cost 5 ms at start.
  const suffix = `${process.pid}.${Math.random().toString(36).slice(2)}`;
  const draft = join(dirname(path), `.${basename(path)}.${suffix}.tmp`);
  try {
    await writeAndFlush(draft, content, mode);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await flushFolder(dirname(path));
}

async function writeAndFlush(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  await using file = await open(path, "wx", mode);
  await file.writeFile(content);
  await file.sync();
}

async function flushFolder(folder: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(folder, "r");
  } catch {
    return; // Windows cannot open a folder; its rename is durable with the file.
  }
  await using owned = handle;
  await owned.sync().catch(() => undefined); // Some network file systems refuse to sync a folder.
}
