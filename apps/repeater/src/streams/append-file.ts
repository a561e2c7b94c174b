import { type FileHandle, open } from "node:fs/promises";
import { errorMessage } from "@berth/base";
import { HostError } from "@berth/contract";

/** A file that is only added to; pieces of concurrent writers do not mix within. */
export class AppendFile implements AsyncDisposable {
  readonly #path: string;
  readonly #handle: FileHandle;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  /** @throws HostError `CONFIG_INVALID` when it cannot be written. */
  static async open(path: string): Promise<AppendFile> {
    try {
      return new AppendFile(path, await open(path, "a"));
    } catch (cause) {
      throw new HostError("CONFIG_INVALID", `Cannot write ${path}: ${errorMessage(cause)}`, { cause });
    }
  }

  /** Rejects when it could not be written, and then every later one does too: nothing is left out in the middle. */
  write(bytes: Uint8Array | string): Promise<void> {
    const data = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    this.#writing = this.#writing.then(() => this.#append(data));
    return this.#writing;
  }

  async #append(data: Uint8Array): Promise<void> {
    try {
      await this.#handle.appendFile(data);
    } catch (cause) {
      throw new HostError("EXECUTION_FAILED", `Cannot write ${this.#path}: ${errorMessage(cause)}`, { cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#handle.close();
  }
}
