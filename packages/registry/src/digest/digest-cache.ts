import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { writeFileAtomically } from "@berth/base";
import type { ListedFile } from "./list-files.ts";

/** The digest of one folder, and by what it is recognised. */
interface CachedDigest {
  /** Path, inode, size, mode and times of each file, in short. */
  fingerprint: string;
  digest: string;
}

/**
 * A file may be changed twice within one tick of the file system's clock, and nobody can see the second time. What was changed
 * so shortly before it was read is therefore read again; the coarsest clocks in use tick every two seconds.
 */
const SETTLED_NS = 3_000_000_000n;
const MOST_FOLDERS = 1_000;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** What {@link DigestCache} needs. */
export interface DigestCacheOptions {
  /** The file that keeps it over restarts; without one it is kept in memory. It must lie where no plugin can write. */
  file?: string;
  /** Milliseconds since 1970 by the clock that file systems use; default `Date.now`. */
  now?: () => number;
}

/**
 * Remembers digests of folders of which every file is as it was: same path, inode, size, mode, time of change and time of the
 * inode's change, which no program can set. Where a file system has no inodes, or a file changed just now, nothing is remembered.
 */
export class DigestCache {
  readonly now: () => number;
  readonly #file: string | undefined;
  readonly #folders: Map<string, CachedDigest>;
  #hasChanged = false;

  constructor({ file, now = Date.now }: DigestCacheOptions = {}) {
    this.now = now;
    this.#file = file;
    this.#folders = file === undefined ? new Map<string, CachedDigest>() : load(file);
  }

  get(folder: string, files: readonly ListedFile[]): string | undefined {
    const cached = this.#folders.get(folder);
    return cached?.fingerprint === fingerprintOf(files) ? cached?.digest : undefined;
  }

  /** @param listedAt when it was begun to list `files`, by {@link now}; none of them has changed since. */
  set(folder: string, files: readonly ListedFile[], digest: string, listedAt: number): void {
    if (!isSettled(files, listedAt)) return;
    this.#folders.delete(folder);
    this.#folders.set(folder, { fingerprint: fingerprintOf(files), digest });
    const [oldest] = this.#folders.keys();
    if (this.#folders.size > MOST_FOLDERS && oldest !== undefined) this.#folders.delete(oldest);
    this.#hasChanged = true;
  }

  /** Writes what is new to the file. Rejects when that is not possible: the next start reads again, nothing else is lost. */
  async save(): Promise<void> {
    if (this.#file === undefined || !this.#hasChanged) return;
    this.#hasChanged = false;
    const text = JSON.stringify({ version: 1, folders: [...this.#folders] });
    await writeFileAtomically(this.#file, `${text}\n`, 0o600);
  }
}

function isSettled(files: readonly ListedFile[], listedAt: number): boolean {
  const latest = BigInt(Math.floor(listedAt)) * 1_000_000n - SETTLED_NS;
  return files.every(({ stat }) => stat.ino !== 0n && stat.ctimeNs < latest && stat.mtimeNs < latest);
}

/** Each file by what the system says of it. */
function fingerprintOf(files: readonly ListedFile[]): string {
  const hash = createHash("sha256");
  for (const { path, stat } of files) {
    const { dev, ino, size, mode, mtimeNs, ctimeNs } = stat;
    hash.update(`${[dev, ino, size, mode, mtimeNs, ctimeNs, Buffer.byteLength(path)].join(" ")} ${path}\n`);
  }
  return hash.digest("hex");
}

/** Whatever is not as this class writes it is forgotten. */
function load(file: string): Map<string, CachedDigest> {
  const entries = parse(file);
  return new Map(entries.filter(isEntry).slice(0, MOST_FOLDERS));
}

function parse(file: string): unknown[] {
  try {
    const read = JSON.parse(readFileSync(file, "utf8")) as { version?: unknown; folders?: unknown } | null;
    return read?.version === 1 && Array.isArray(read.folders) ? read.folders : [];
  } catch {
    return [];
  }
}

function isEntry(entry: unknown): entry is [string, CachedDigest] {
  if (!Array.isArray(entry) || entry.length !== 2 || typeof entry[0] !== "string") return false;
  const { fingerprint, digest } = (entry[1] ?? {}) as Partial<Record<keyof CachedDigest, unknown>>;
  return typeof fingerprint === "string" && typeof digest === "string" && DIGEST.test(digest);
}
