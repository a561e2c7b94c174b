import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Code that comes with the host's first request, for a process that was started before it was known whose it would be. */
export interface SentCode {
  /** An empty folder, writable until now. */
  at: string;
  /** Below `at`, with slashes; the host read them from the plugin's folder. */
  files: readonly { path: string; content: Uint8Array }[];
}

/** Writes the files, and gives up the right to write there: the plugin finds its folder as read-only as a mounted one. */
export function placeCode({ at, files }: SentCode): void {
  const made = new Set([at]);
  for (const { path, content } of files) {
    const file = join(at, path);
    const folder = dirname(file);
    if (!made.has(folder)) mkdirSync(folder, { recursive: true });
    made.add(folder);
    writeFileSync(file, content);
  }
  process.permission?.drop("fs.write", at);
}
