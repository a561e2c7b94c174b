/**
 * What editors put beside a file while it is edited: swap and lock files, backups, probes, drafts. They are written all the time and
 * are none of the plugin's code; the save itself is seen by the file's own name.
 */
const OF_EDITORS = /^(?:\.#.*|#.*#|.*~|\..*\.sw[a-z]|4913|\.goutputstream-.*|.*___jb_(?:tmp|old)___|\.DS_Store)$/s;

/** What version control keeps at the top of a working copy; no part of any digest. */
const VERSION_CONTROL: ReadonlySet<string> = new Set([".git", ".hg", ".svn", ".jj"]);

/** Whether a change of that name in a plugin's folder says nothing about the plugin. */
export function isIgnoredName(name: string): boolean {
  return OF_EDITORS.test(name) || VERSION_CONTROL.has(name);
}

/** Whether a folder of that name holds no code that anybody edits. What `npm install` does is seen by the lock file it writes. */
export function isIgnoredFolder(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}
