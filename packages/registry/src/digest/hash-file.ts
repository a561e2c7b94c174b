import type { Hash } from "node:crypto";
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { Breather } from "./breather.ts";
import { changedMeanwhile, unreadable } from "./digest-error.ts";
import type { ListedFile } from "./list-files.ts";

// Neither follow a link that took the file's place, nor hang on a pipe.
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const CHUNK_BYTES = 262_144;
/** Hashing a chunk takes as long as looking at so many files. */
const UNITS_OF_CHUNK = 16;

/** Hashes files one after the other through one buffer. */
export class FileHasher {
  readonly #folder: string;
  readonly #createHash: () => Hash;
  readonly #breather: Breather;
  readonly #buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);

  constructor(folder: string, createHash: () => Hash, breather: Breather) {
    this.#folder = folder;
    this.#createHash = createHash;
    this.#breather = breather;
  }

  /**
   * The digest of the content, hexadecimal. Every piece goes through `pass` too; it is overwritten after that.
   *
   * @throws HostError `DIGEST_FAILED` when the file is no longer what was listed, before or after it was read.
   */
  async hash(listed: ListedFile, pass?: (piece: Uint8Array) => void): Promise<string> {
    let descriptor: number;
    try {
      descriptor = openSync(listed.file, READ_FLAGS);
    } catch (cause) {
      throw unreadable(this.#folder, listed.path, cause);
    }
    try {
      return await this.#hashOpen(descriptor, listed, pass);
    } finally {
      closeSync(descriptor);
    }
  }

  async #hashOpen(descriptor: number, listed: ListedFile, pass?: (piece: Uint8Array) => void): Promise<string> {
    this.#assertSame(descriptor, listed);
    const hash = this.#createHash();
    let remaining = listed.stat.size;
    for (;;) {
      const read = this.#read(descriptor, listed);
      if (read === 0) break;
      remaining -= BigInt(read);
      // Grown meanwhile: more than was bounded is not read.
      if (remaining < 0n) throw this.#changed(listed);
      const piece = this.#buffer.subarray(0, read);
      hash.update(piece);
      pass?.(piece);
      await this.#breather.after(UNITS_OF_CHUNK);
    }
    if (remaining !== 0n) throw this.#changed(listed);
    this.#assertSame(descriptor, listed);
    return hash.digest("hex");
  }

  #read(descriptor: number, { path }: ListedFile): number {
    try {
      return readSync(descriptor, this.#buffer, 0, CHUNK_BYTES, null);
    } catch (cause) {
      throw unreadable(this.#folder, path, cause);
    }
  }

  #assertSame(descriptor: number, listed: ListedFile): void {
    if (!isSameFile(fstatSync(descriptor, { bigint: true }), listed.stat)) throw this.#changed(listed);
  }

  #changed({ path }: ListedFile): Error {
    return changedMeanwhile(this.#folder, path);
  }
}

/** Whether nothing says that it was changed or replaced. */
export function isSameFile(a: BigIntStats, b: BigIntStats): boolean {
  return (
    a.ino === b.ino &&
    a.dev === b.dev &&
    a.size === b.size &&
    a.mode === b.mode &&
    a.mtimeNs === b.mtimeNs &&
    a.ctimeNs === b.ctimeNs
  );
}
