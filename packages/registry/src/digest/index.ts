export { DigestCache, type DigestCacheOptions } from "./digest-cache.ts";
export { digestFolder, type DigestOptions, type FolderDigest } from "./digest-folder.ts";
export { type ListedFile, listFiles, type ListOptions, VERSION_CONTROL } from "./list-files.ts";
