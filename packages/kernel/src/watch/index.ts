export type { WatchWarning } from "./folder-watches.ts";
export { PluginWatcher, type PluginWatcherOptions } from "./plugin-watcher.ts";
export type { Save } from "./save.ts";
export type { PluginWatchOptions } from "./watched-plugin.ts";
