import { createHash } from "node:crypto";
import { Breather } from "../digest/breather.ts";
import { changedMeanwhile } from "../digest/digest-error.ts";
import { FolderHash, isExecutable, sizeOf } from "../digest/folder-hash.ts";
import { FileHasher, isSameFile } from "../digest/hash-file.ts";
import { type ListedFile, listFiles, type ListOptions } from "../digest/list-files.ts";
import { isInPackage, type KnownFile } from "./known-packages.ts";
import { SnapshotDraft } from "./snapshot-draft.ts";

/** So much of a folder is held in memory until its digest is known; most plugins are smaller, packages included. */
const HELD_BYTES = 8 * 1_048_576;

/** What a copy is made with. */
export interface CopyParts {
  /** Where the copy is made, a folder that is not there yet. */
  draft: string;
  /** Files that need not be read again. */
  find(file: ListedFile): KnownFile | undefined;
  /** Called when all files were read. */
  whenRead(): Promise<void>;
}

/** What was read. */
export interface CopiedContent {
  /** As `digestFolder` gives it for the same content. */
  digest: string;
  files: number;
  bytes: number;
  /** SHA-256 of each of the plugin's own files, hexadecimal, by path; there are few beside those in `node_modules`. */
  contents: ReadonlyMap<string, string>;
}

/** A file that was read and is not written yet. */
interface HeldFile {
  listed: ListedFile;
  pieces: Uint8Array[];
  /** Its place in an earlier copy, which has the same content. */
  earlier?: string;
}

/**
 * One look at a folder: each file is read once, and the very bytes that are hashed are the ones that are written. Nothing is
 * written before {@link commit}, unless the folder holds more than is kept in memory.
 */
export class FolderCopy implements AsyncDisposable {
  readonly #folder: string;
  readonly #parts: CopyParts;
  readonly #read: { listed: ListedFile; content: string }[] = [];
  #held: HeldFile[] = [];
  #heldBytes = 0;
  #draft: SnapshotDraft | undefined;

  constructor(folder: string, parts: CopyParts) {
    this.#folder = folder;
    this.#parts = parts;
  }

  /** Every file with the SHA-256 of its content. */
  get files(): readonly { listed: ListedFile; content: string }[] {
    return this.#read;
  }

  /** @throws HostError `DIGEST_FAILED` also when anything changed meanwhile, see `isFromChange`. */
  async read(options: ListOptions): Promise<CopiedContent> {
    const files = await listFiles(this.#folder, options);
    const breather = new Breather(options.signal);
    const hasher = new FileHasher(this.#folder, () => createHash("sha256"), breather);
    const whole = new FolderHash();
    for (const listed of files) {
      const content = await this.#take(listed, hasher, breather);
      this.#read.push({ listed, content });
      whole.add(listed, content);
      await breather.after(1);
    }
    await this.#parts.whenRead();
    assertSame(this.#folder, files, await listFiles(this.#folder, options));
    const own = this.#read.filter(({ listed }) => !isInPackage(listed.path));
    const contents = new Map(own.map(({ listed, content }) => [listed.path, content]));
    return { digest: whole.digest(), ...sizeOf(files), contents };
  }

  /** Writes what is not written yet, and puts the copy at `target`, unless there is one already. */
  async commit(target: string, signal?: AbortSignal): Promise<void> {
    const draft = await this.#flush(new Breather(signal));
    draft.commit(target);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#draft?.[Symbol.asyncDispose]();
  }

  /** The content's digest. Holds the content, or writes it where it is too much to hold. */
  async #take(listed: ListedFile, hasher: FileHasher, breather: Breather): Promise<string> {
    const known = this.#parts.find(listed);
    if (known) {
      this.#held.push({ listed, pieces: [], earlier: known.file });
      return known.content;
    }
    this.#heldBytes += Number(listed.stat.size);
    if (this.#heldBytes > HELD_BYTES) {
      const draft = await this.#flush(breather);
      using file = draft.open(listed.path, isExecutable(listed));
      return await hasher.hash(listed, (piece) => file.write(piece));
    }
    const pieces: Uint8Array[] = [];
    const content = await hasher.hash(listed, (piece) => pieces.push(new Uint8Array(piece)));
    this.#held.push({ listed, pieces });
    return content;
  }

  async #flush(breather: Breather): Promise<SnapshotDraft> {
    this.#draft ??= new SnapshotDraft(this.#parts.draft);
    for (const file of this.#held) {
      this.#write(file, this.#draft);
      await breather.after(4); // Making a file takes as long as looking at so many.
    }
    this.#held = [];
    this.#heldBytes = 0;
    return this.#draft;
  }

  #write({ listed, pieces, earlier }: HeldFile, draft: SnapshotDraft): void {
    if (earlier === undefined) {
      using file = draft.open(listed.path, isExecutable(listed));
      for (const piece of pieces) file.write(piece);
    } else if (!draft.link(listed.path, earlier)) {
      // The earlier copy is gone: what stands in the folder is read the next time.
      throw changedMeanwhile(this.#folder, listed.path);
    }
  }
}

/** @throws HostError `DIGEST_FAILED` when a file came, went or changed between two listings. */
function assertSame(folder: string, before: readonly ListedFile[], after: readonly ListedFile[]): void {
  const longer = before.length >= after.length ? before : after;
  for (const [index, { path }] of longer.entries()) {
    const [a, b] = [before[index], after[index]];
    if (a?.path !== b?.path || !isSameFile(a!.stat, b!.stat)) throw changedMeanwhile(folder, path);
  }
}
