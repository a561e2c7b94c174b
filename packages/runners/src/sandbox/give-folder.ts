import { lchown, lstat, opendir } from "node:fs/promises";
import { join } from "node:path";
import type { SandboxUser } from "./uid-range.ts";

/**
 * Makes `folder` and all below it belong to `user`, links themselves and not what they lead to. Nothing is done when the folder is
 * `user`'s already: it comes last, so then all else is. Only while no program that can write below it runs, since it could exchange
 * folders for links meanwhile.
 */
export async function giveFolder(folder: string, user: SandboxUser, signal: AbortSignal): Promise<void> {
  const stats = await lstat(folder);
  if (stats.uid === user.uid && stats.gid === user.gid) return;
  await giveTree(folder, user, signal);
}

async function giveTree(folder: string, user: SandboxUser, signal: AbortSignal): Promise<void> {
  for await (const entry of await opendir(folder)) {
    signal.throwIfAborted();
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await giveTree(path, user, signal);
    else await giveFile(path, user);
  }
  await lchown(folder, user.uid, user.gid);
}

async function giveFile(path: string, user: SandboxUser): Promise<void> {
  const stats = await lstat(path);
  // A second name of a file that may lie anywhere: a program without a sandbox could have made it, to be given the file.
  if (stats.nlink > 1) return;
  await lchown(path, user.uid, user.gid);
}
