export {
  DigestCache,
  type DigestCacheOptions,
  digestFolder,
  type DigestOptions,
  type FolderDigest,
  type ListedFile,
  listFiles,
  type ListOptions,
  VERSION_CONTROL,
} from "./digest/index.ts";
