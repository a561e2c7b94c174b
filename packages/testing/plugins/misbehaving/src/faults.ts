/** What can be wrong with the plugin as a whole; `fault.json` beside this file says which. */
export const PLUGIN_FAULTS = [
  "none",
  "crash-at-load",
  "no-plugin",
  "breaks-promise",
  "throw-at-initialize",
  "hang-at-initialize",
  "throw-at-start",
  "hang-at-start",
  "throw-at-stop",
  "hang-at-stop",
  "throw-at-cleanup",
  "leak-subscription",
] as const;

/** What a source can do to the thread or process it runs in; never in tier `inline`, where that is the host's. */
export const CRASH_FAULTS = [
  "throw-later",
  "reject-later",
  "exit",
  "abort",
  "loop",
  "heap-bomb",
  "buffer-bomb",
  "leak-descriptors",
  "flood-output",
  "block-in-read",
] as const;

/** What can be wrong with one source; its configuration says which. */
export const SOURCE_FAULTS = [
  "none",
  "throw",
  "throw-deep-causes",
  "reject-with-non-error",
  "hang",
  "ignore-signal",
  "slow",
  "no-content",
  "wrong-content",
  "too-large",
  "throw-in-create",
  "hang-in-create",
  "no-fetch",
  "throw-in-dispose",
  "hang-in-dispose",
  "flood-log",
  "leak-subscription",
  "denied-fetch",
  ...CRASH_FAULTS,
] as const;

export type PluginFault = (typeof PLUGIN_FAULTS)[number];
export type CrashFault = (typeof CRASH_FAULTS)[number];
export type SourceFault = (typeof SOURCE_FAULTS)[number];
