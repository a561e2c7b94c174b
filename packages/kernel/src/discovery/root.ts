import { join, relative, resolve } from "node:path";

/** Whether the operator wrote, or vouches for, what lies in a root. It comes with the root, never from a plugin. */
export type Trust = "first-party" | "third-party";

/**
 * A place where plugins are looked for.
 *
 * - `folder`: a folder of plugin folders. The folders `schedulers`, `executors` and `outputs`, as the repeater's plugin home has
 *   them, hold plugin folders in turn.
 * - `plugin`: one plugin folder.
 * - `node_modules`: packages that say they are plugins, by the keyword `berth-plugin` or the field
 *   `"berth": { "manifest": "plugin.toml" }` of their `package.json`.
 */
export interface Root {
  kind: "folder" | "plugin" | "node_modules";
  /** Absolute, or relative to the working folder; problems name files the same way. */
  path: string;
  trust: Trust;
  /** Whether it is no failure that the root does not exist, as with a plugin home nobody has made yet. */
  optional?: boolean;
}

/** How problems name a file of the root: as the operator named the root. */
export function shownPath(root: Root, file: string): string {
  return join(root.path, relative(resolve(root.path), file));
}
