import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import type { FileStat } from "./file-system.ts";
import {
  decodeIndex,
  encodeIndex,
  type IndexColumns,
  type IndexRecord,
  MAX_INDEX_BYTES,
  type RecordKind,
  type Signature,
} from "./index-format.ts";

/**
 * A file changed within this time before it was read may change once more without showing: a change in the same tick of the
 * file system's clock leaves all times as they are. Such an entry is not trusted next time, as in git's index. FAT ticks every
 * two seconds, the coarsest in use.
 */
const RACY_WITHIN_MS = 2_000;

/** No file is of this size, so the record never counts as fresh. */
const NEVER = -1;

/** What an earlier discovery left in a file. Looking up in the order of the records is cheapest. */
export class StoredIndex {
  readonly #columns: IndexColumns | undefined;
  #next = 0;
  #byPath: Map<string, number> | undefined;

  constructor(columns: IndexColumns | undefined) {
    this.#columns = columns;
  }

  get count(): number {
    return this.#columns?.count ?? 0;
  }

  /** The record of the file, if the file is still what it was then. */
  find(path: string, stat: FileStat): IndexRecord | undefined {
    const columns = this.#columns;
    if (columns === undefined) return undefined;
    const record = this.#locate(path, columns);
    if (record === undefined || !isUnchanged(columns.times, 4 * record, stat)) return undefined;
    if (columns.kindOf(record) === undefined) return undefined;
    return new StoredRecord(columns, record);
  }

  #locate(path: string, columns: IndexColumns): number | undefined {
    if (columns.paths[this.#next] === path) return this.#next++;
    this.#byPath ??= new Map(columns.paths.map((known, index) => [known, index]));
    const found = this.#byPath.get(path);
    if (found !== undefined) this.#next = found + 1;
    return found;
  }
}

/** A view of one record, so that a start that needs names alone touches names alone. */
class StoredRecord implements IndexRecord {
  readonly #columns: IndexColumns;
  readonly #record: number;

  constructor(columns: IndexColumns, record: number) {
    this.#columns = columns;
    this.#record = record;
  }

  get path(): string {
    return this.#columns.paths[this.#record]!;
  }

  get signature(): Signature {
    const [mtimeMs, ctimeMs, size, ino] = this.#columns.times.subarray(4 * this.#record) as unknown as number[];
    return { mtimeMs: mtimeMs!, ctimeMs: ctimeMs!, size: size!, ino: ino! };
  }

  get kind(): RecordKind {
    return this.#columns.kindOf(this.#record)!;
  }

  get name(): string {
    return this.#columns.names[this.#record]!;
  }

  get version(): string {
    return this.#columns.versions[this.#record]!;
  }

  get body(): Uint8Array {
    return this.#columns.bodyOf(this.#record);
  }
}

function isUnchanged(times: Float64Array, at: number, stat: FileStat): boolean {
  return (
    times[at] === stat.mtimeMs &&
    times[at + 1] === stat.ctimeMs &&
    times[at + 2] === stat.size &&
    times[at + 3] === stat.ino
  );
}

/** The signature to remember of a file that is read after `nowMs`. */
export function signatureAt({ mtimeMs, ctimeMs, size, ino }: FileStat, nowMs: number): Signature {
  const isRacy = Math.max(mtimeMs, ctimeMs) >= nowMs - RACY_WITHIN_MS;
  return { mtimeMs, ctimeMs, size: isRacy ? NEVER : size, ino };
}

/** Reads the index in `file`. One that is not there, not whole, or of another user, is empty: it is only a cache. */
export function loadIndex(file: string): StoredIndex {
  try {
    return new StoredIndex(decodeIndex(readOwn(file)));
  } catch {
    return new StoredIndex(undefined);
  }
}

function readOwn(file: string): Uint8Array {
  const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile() || stat.size > MAX_INDEX_BYTES || !isOwn(stat.uid, process.getuid?.())) return new Uint8Array();
    // A buffer of its own: the columns are viewed in place and need its alignment.
    const bytes = Buffer.allocUnsafeSlow(stat.size);
    let length = 0;
    for (let count = -1; count !== 0; length += count)
      count = readSync(descriptor, bytes, length, stat.size - length, null);
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** What another user wrote could name permissions that no manifest asks for. Where there are no users, all is ours. */
export function isOwn(owner: number, user: number | undefined): boolean {
  return user === undefined || owner === user || owner === 0;
}

/**
 * Writes the index, whole or not at all; of several processes that write at once the last one's stays. It is not flushed to the
 * disk: what a power failure leaves of it fails its checksum and is made again.
 */
export function saveIndex(file: string, records: readonly IndexRecord[]): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`;
  try {
    writeFileSync(draft, encodeIndex(records), { flag: "wx", mode: 0o600 });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
