import { type FileHandle, open, readFile, rm } from "node:fs/promises";
import { errorMessage, writeFileAtomically } from "@berth/base";
import { HostError } from "@berth/contract";

/** Lines that outlive the process. */
export interface Journal extends AsyncDisposable {
  /** All whole lines; what a crash cut off is left out. */
  read(): Promise<string[]>;
  /** Resolves when the lines are on the disk. */
  append(text: string): Promise<void>;
  /** Puts `text` in place of everything, or leaves it as it was. */
  replace(text: string): Promise<void>;
  remove(): Promise<void>;
}

/** A journal in a file. */
export class JournalFile implements Journal {
  readonly #path: string;
  #handle: FileHandle | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<string[]> {
    try {
      return (await readFile(this.#path, "utf8")).split("\n").slice(0, -1);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw new HostError("CONFIG_INVALID", `Cannot read ${this.#path}: ${errorMessage(cause)}`, { cause });
    }
  }

  async append(text: string): Promise<void> {
    this.#handle ??= await open(this.#path, "a", 0o600);
    await this.#handle.appendFile(text);
    await this.#handle.datasync();
  }

  async replace(text: string): Promise<void> {
    await this[Symbol.asyncDispose]();
    await writeFileAtomically(this.#path, text, 0o600);
  }

  async remove(): Promise<void> {
    await this[Symbol.asyncDispose]();
    await rm(this.#path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}
