import { constants, type Dirent, type Stats } from "node:fs";
import { lstat, open, opendir, statfs, unlink } from "node:fs/promises";
import { writeFileAtomically } from "@berth/base";
import type { DiskUsage, FileInfo, FolderEntry } from "@berth/contract";
import { isHostError } from "@berth/contract";
import { failed, malformed, overLimit, quoted, reasonOf } from "../capability-errors.ts";
import type { PluginBudget } from "../plugin-budget.ts";
import type { FileAccess, HeldEntry } from "./file-access.ts";
import { anchor } from "./open-verified.ts";
import { readBounded } from "./read-bounded.ts";

const MOST_READ_BYTES = 16 * 1_048_576;
const MOST_WRITTEN_BYTES = 16 * 1_048_576;
const MOST_ENTRIES = 10_000;
const MIB = 1_048_576;

/** What {@link FileBroker} needs. */
export interface FileBrokerOptions {
  access: FileAccess;
  budget: Pick<PluginBudget, "fileTraffic" | "ownFolder" | "tell">;
  /** `limits.file_size_mb`. */
  fileSizeMb: number | undefined;
}

/** Reads and writes for a plugin, within what {@link FileAccess} lets it. */
export class FileBroker {
  readonly #access: FileAccess;
  readonly #budget: FileBrokerOptions["budget"];
  readonly #fileSizeMb: number | undefined;

  constructor({ access, budget, fileSizeMb }: FileBrokerOptions) {
    this.#access = access;
    this.#budget = budget;
    this.#fileSizeMb = fileSizeMb;
  }

  read(path: string, signal: AbortSignal): Promise<Uint8Array> {
    return this.#access.using(path, "read", "read", async (named) => {
      await using opened = await this.#access.open(named, "file", "read");
      return await readBounded(opened.handle, MOST_READ_BYTES, (bytes) =>
        this.#budget.fileTraffic.moved(bytes, signal),
      );
    });
  }

  write(path: string, content: unknown, signal: AbortSignal): Promise<void> {
    return this.#access.using(path, "write", "write", async (named) => {
      const bytes = this.#bytesOf(named, content);
      await using entry = await this.#pay(named, bytes, signal);
      await this.#put(entry, named, bytes.length, async () => writeFileAtomically(entry.path, bytes));
    });
  }

  append(path: string, content: unknown, signal: AbortSignal): Promise<void> {
    return this.#access.using(path, "write", "write", async (named) => {
      const bytes = this.#bytesOf(named, content);
      await using entry = await this.#pay(named, bytes, signal);
      const grown = ((await replaceable(entry, named)) ?? 0) + bytes.length;
      this.#assertFileSize(grown, named);
      await this.#put(entry, named, grown, () => appendTo(entry, bytes));
    });
  }

  /** A copy that the plugin cannot change meanwhile. */
  #bytesOf(named: string, content: unknown): Uint8Array {
    if (!(content instanceof Uint8Array)) throw malformed(`Cannot write ${quoted(named)}: the content must be bytes`);
    this.#assertFileSize(content.length, named);
    if (content.length > MOST_WRITTEN_BYTES) {
      throw overLimit(`Cannot write ${quoted(named)}: it is larger than ${MOST_WRITTEN_BYTES} bytes`);
    }
    return new Uint8Array(content);
  }

  /** Paid before it is written, so that whoever gives up while it waits has changed nothing. */
  async #pay(named: string, bytes: Uint8Array, signal: AbortSignal): Promise<HeldEntry> {
    await using opened = new AsyncDisposableStack();
    const options = { verb: "write", createsFolders: true };
    const entry = opened.use(await this.#access.holdEntry(await this.#throughLink(named), options));
    signal.throwIfAborted();
    await this.#budget.fileTraffic.moved(bytes.length, signal);
    opened.move();
    return entry;
  }

  /** @param size of the file when it is done. */
  async #put(entry: HeldEntry, named: string, size: number, work: () => Promise<void>): Promise<void> {
    const before = () => replaceable(entry, named);
    if (await this.#access.isOwn(entry.real)) return await this.#budget.ownFolder.replacing(size, before, work);
    await before();
    return await work();
  }

  #assertFileSize(bytes: number, named: string): void {
    const allowedMb = this.#fileSizeMb ?? Infinity;
    if (bytes <= allowedMb * MIB) return;
    this.#budget.tell({ limit: "file_size_mb", allowed: allowedMb, used: bytes / MIB, action: "refused" });
    throw overLimit(
      `Cannot write ${quoted(named)}: it is larger than ${allowedMb} MiB`,
      "raise limits.file_size_mb if that is right",
    );
  }

  remove(path: string): Promise<void> {
    return this.#access.using(path, "write", "remove", async (named) => {
      await using entry = await this.#access.holdEntry(named, { verb: "remove", createsFolders: false });
      if ((await lstat(entry.path)).isDirectory()) throw failed(`Cannot remove ${quoted(named)}: it is a folder`);
      await unlink(entry.path); // of a link the link itself
      this.#budget.ownFolder.forget();
    });
  }

  list(path: string, signal: AbortSignal): Promise<FolderEntry[]> {
    return this.#access.using(path, "read", "list", (named) => this.#list(named, signal));
  }

  async #list(named: string, signal: AbortSignal): Promise<FolderEntry[]> {
    await using opened = await this.#access.open(named, "folder", "list");
    const entries: FolderEntry[] = [];
    for await (const entry of await opendir(anchor(opened.handle, opened.real))) {
      signal.throwIfAborted();
      if (entries.length >= MOST_ENTRIES) {
        throw overLimit(`Cannot list ${quoted(named)}: it holds more than ${MOST_ENTRIES} entries`);
      }
      entries.push({ name: entry.name, kind: kindOf(entry) });
    }
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  info(path: string): Promise<FileInfo | undefined> {
    return this.#access.using(path, "read", "look at", (named) => this.#info(named));
  }

  async #info(named: string): Promise<FileInfo | undefined> {
    try {
      const stats = await this.#access.look(named, "look at");
      return { kind: kindOf(stats), size: stats.size, modifiedAt: Math.trunc(stats.mtimeMs) };
    } catch (error) {
      if (reasonOf(error) === "ENOENT" || reasonOf(error) === "ENOTDIR") return undefined;
      throw error;
    }
  }

  diskUsage(path: string): Promise<DiskUsage> {
    return this.#access.using(path, "measure", "measure", async (named) => {
      const { bsize, blocks, bavail } = await statfs(await this.#access.locate(named, "measure", "measure"));
      return { total: bsize * blocks, available: bsize * bavail };
    });
  }

  /** A link stays one and its target is written, if that is in a granted place; a link to nowhere is refused. */
  async #throughLink(named: string): Promise<string> {
    const isLink = await lstat(named).then(
      (found) => found.isSymbolicLink(),
      () => false,
    );
    if (!isLink) return named;
    try {
      return await this.#access.locate(named, "write", "write");
    } catch (error) {
      throw isHostError(error) ? error : this.#access.denied(named, "write", "write");
    }
  }
}

/** The size of the file that will be replaced, `undefined` for none. Pipes, devices and folders are not replaced. */
async function replaceable(entry: HeldEntry, named: string): Promise<number | undefined> {
  let found: Stats;
  try {
    found = await lstat(entry.path);
  } catch (error) {
    if (reasonOf(error) === "ENOENT") return undefined;
    throw error;
  }
  if (found.isFile()) return found.size;
  throw failed(`Cannot write ${quoted(named)}: it is ${found.isDirectory() ? "a folder" : "no ordinary file"}`);
}

/** Never through a link, and into nothing but an ordinary file. */
async function appendTo(entry: HeldEntry, bytes: Uint8Array): Promise<void> {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;
  await using file = await open(entry.path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o666);
  if (!(await file.stat()).isFile()) throw failed("Cannot write: it is no ordinary file");
  await file.appendFile(bytes);
}

function kindOf(entry: Dirent | Stats): FolderEntry["kind"] {
  if (entry.isFile()) return "file";
  return entry.isDirectory() ? "folder" : "other";
}
