import { constants } from "node:fs";
import { open, opendir } from "node:fs/promises";
import { join } from "node:path";

/** One file of a plugin, as it is sent to a waiting process. */
export interface PluginFile {
  /** Below the plugin's folder, with slashes. */
  path: string;
  content: Uint8Array;
}

/** What is read at most; a plugin with more is mounted instead, which costs a start but no copy. */
export interface FileBounds {
  files: number;
  bytes: number;
}

const DEFAULT_BOUNDS: FileBounds = { files: 500, bytes: 4 * 1_024 * 1_024 };

/**
 * All files of a plugin; `undefined` when there are more than the bounds allow, or anything that is neither file nor folder. No link
 * is followed: what it leads to was not part of what was checked when the plugin was installed.
 */
export async function readPluginFiles(folder: string, bounds = DEFAULT_BOUNDS): Promise<PluginFile[] | undefined> {
  const paths = await listFiles(folder, bounds.files);
  if (!paths) return undefined;
  let left = bounds.bytes;
  const take = (size: number): boolean => (left -= size) >= 0;
  const files = await Promise.all(paths.map((path) => readOne(folder, path, take)));
  return files.every((file) => file !== undefined) ? files : undefined;
}

async function listFiles(folder: string, most: number): Promise<string[] | undefined> {
  const found: string[] = [];
  const waiting = [""];
  for (let below = waiting.pop(); below !== undefined; below = waiting.pop()) {
    for await (const entry of await opendir(join(folder, below))) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isFile()) found.push(path);
      else if (entry.isDirectory()) waiting.push(path);
      else return undefined;
      if (found.length + waiting.length > most) return undefined;
    }
  }
  return found;
}

async function readOne(folder: string, path: string, take: (size: number) => boolean): Promise<PluginFile | undefined> {
  await using file = await open(join(folder, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const info = await file.stat();
  if (!info.isFile() || !take(info.size)) return undefined;
  const content = Buffer.allocUnsafeSlow(info.size);
  const { bytesRead } = await file.read(content, 0, info.size, 0);
  return { path, content: content.subarray(0, bytesRead) };
}
