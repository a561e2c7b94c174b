import { createHash, type Hash } from "node:crypto";
import { resolve } from "node:path";
import { Breather } from "./breather.ts";
import type { DigestCache } from "./digest-cache.ts";
import { FolderHash, sizeOf } from "./folder-hash.ts";
import { FileHasher } from "./hash-file.ts";
import { listFiles, type ListOptions } from "./list-files.ts";

/** How {@link digestFolder} works. */
export interface DigestOptions extends ListOptions {
  /** What was found out earlier; asked only where an answer cannot be wrong. */
  cache?: DigestCache;
}

/** What a folder holds, in one word. */
export interface FolderDigest {
  /** `sha256:` and 64 hexadecimal digits. */
  digest: string;
  files: number;
  bytes: number;
}

/**
 * The digest of a plugin's folder: SHA-256 over the sorted paths, whether each file is executable, its size and the SHA-256 of its
 * content. The same on every machine, whatever the times, owners and other modes; without version control and what is left out.
 *
 * It speaks of the folder at the time it is read. Whoever runs the code copies it first, where nobody else may write, and takes
 * the digest of the copy.
 *
 * @throws HostError `DIGEST_FAILED` for what {@link listFiles} refuses, and when a file changes meanwhile.
 */
export async function digestFolder(folder: string, options: DigestOptions = {}): Promise<FolderDigest> {
  const root = resolve(folder);
  const listedAt = options.cache?.now() ?? 0;
  const files = await listFiles(root, options);
  const known = options.cache?.get(root, files);
  if (known !== undefined) return { digest: known, ...sizeOf(files) };
  const sha256 = (): Hash => createHash("sha256");
  const breather = new Breather(options.signal);
  const hasher = new FileHasher(root, sha256, breather);
  const whole = new FolderHash();
  for (const file of files) {
    whole.add(file, await hasher.hash(file));
    await breather.after(1);
  }
  const digest = whole.digest();
  options.cache?.set(root, files, digest, listedAt);
  return { digest, ...sizeOf(files) };
}
