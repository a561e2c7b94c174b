export { discover, type DiscoverOptions, type Discovery, type DuplicatePlugin, type FailedRoot } from "./discover.ts";
export type { BrokenPlugin, DiscoveredPlugin } from "./discovered-plugin.ts";
export type { FileStat, FileSystem } from "./file-system.ts";
export type { Root, Trust } from "./root.ts";
