import { createHash, type Hash } from "node:crypto";
import type { ListedFile } from "./list-files.ts";

/** A change of how the digest is made would be a change of every plugin: this says which way it is. */
const FORM = "berth-folder-1\n";

/** The digest of a folder in the making: files are added in the order of {@link listFiles}. */
export class FolderHash {
  readonly #whole: Hash = createHash("sha256").update(FORM);

  /** @param content SHA-256 of the file's content, hexadecimal. */
  add(file: ListedFile, content: string): void {
    const path = Buffer.from(file.path);
    // Lengths first: no path can look like the beginning of the next line.
    this.#whole.update(`${isExecutable(file) ? "x" : "-"} ${file.stat.size} ${content} ${path.length} `);
    this.#whole.update(path).update("\n");
  }

  /** `sha256:` and 64 hexadecimal digits. Ends the making. */
  digest(): string {
    return `sha256:${this.#whole.digest("hex")}`;
  }
}

/** The one part of a mode that changes what a plugin does; the rest is the taste of whoever unpacked it. */
export function isExecutable({ stat }: ListedFile): boolean {
  return (stat.mode & 0o111n) !== 0n;
}

/** How much a folder holds. */
export function sizeOf(files: readonly ListedFile[]): { files: number; bytes: number } {
  return { files: files.length, bytes: Number(files.reduce((sum, { stat }) => sum + stat.size, 0n)) };
}
