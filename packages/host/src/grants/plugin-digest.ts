import { join } from "node:path";
import { type DigestCache, digestFolder } from "@berth/registry/digest";
import { SIGNATURE_FILE } from "@berth/registry/signature";

/** Where a plugin lies, and what of it is none of its code. */
export interface PluginPlace {
  /** The plugin's folder. */
  folder: string;
  /** The host's data folder, which may lie in it. */
  dataFolder: string;
  cache?: DigestCache;
  signal?: AbortSignal;
}

/**
 * The digest by which a grant knows a plugin's code: of its folder, without the signature, which may come later or be made anew.
 *
 * @throws HostError `DIGEST_FAILED` for a folder that cannot be pinned.
 */
export async function pluginDigest({ folder, dataFolder, cache, signal }: PluginPlace): Promise<string> {
  const { digest } = await digestFolder(folder, {
    leaveOut: [dataFolder, join(folder, SIGNATURE_FILE)],
    ...(cache ? { cache } : {}),
    ...(signal ? { signal } : {}),
  });
  return digest;
}
