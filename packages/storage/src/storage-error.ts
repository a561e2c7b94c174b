import { errorMessage } from "@berth/base";
import { HostError, isHostError } from "@berth/contract";

/** What `node:sqlite` adds to an error: SQLite's extended result code, whose low byte is the primary one. */
interface SqliteError extends Error {
  errcode: number;
}

const SQLITE_BUSY = 5;

/** What to do about a damaged file. Recovery is left to people: whatever was done here unasked could destroy the rest. */
export function wayOut(path: string): string {
  return `Nothing was changed. To save what is left: sqlite3 ${path} .recover. To begin with an empty one: move ${path}, ${path}-wal and ${path}-shm away`;
}

/** `Cannot record a run: the disk that holds /var/lib/berth.db is full; free some space`. A HostError passes as it is. */
export function storageError(action: string, path: string, error: unknown): HostError {
  if (isHostError(error)) return error;
  const code = isSqliteError(error) ? error.errcode & 0xff : (error as NodeJS.ErrnoException | undefined)?.code;
  const reason = (code === undefined ? undefined : REASONS.get(code)?.(path)) ?? `${errorMessage(error)} (${path})`;
  return new HostError("STORAGE_FAILED", `Cannot ${action}: ${reason}`, { cause: error, details: { path } });
}

/** Whether another process held the file for longer than it was waited for. */
export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && (error.errcode & 0xff) === SQLITE_BUSY;
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && typeof (error as Partial<SqliteError>).errcode === "number";
}

const noRights = (path: string): string => `no right to write ${path} or its folder; check owner and mode of both`;
const isFull = (path: string): string => `the disk that holds ${path} is full; free some space`;
const isDamaged = (path: string): string => `${path} is damaged, or no database. ${wayOut(path)}`;
const isUnreachable = (path: string): string =>
  `${path} is not there or cannot be opened; check the path and the rights on its folder`;
const isReadOnly = (path: string): string => `${path} is read-only; name a file on a file system that can be written`;
const cannotBeFolder = (path: string): string =>
  `a part of ${path} is a file where a folder is needed; name another path`;

/** By SQLite's primary result code or by the system's error name. */
const REASONS: ReadonlyMap<number | string, (path: string) => string> = new Map<
  number | string,
  (path: string) => string
>([
  [3, noRights],
  [SQLITE_BUSY, (path) => `another process held ${path} locked for seconds; look whether one hangs`],
  [8, isReadOnly],
  [10, (path) => `the disk that holds ${path} reports an error; check it, and the space on it`],
  [11, isDamaged],
  [13, isFull],
  [14, isUnreachable],
  [26, isDamaged],
  ["EACCES", noRights],
  ["EPERM", noRights],
  ["EROFS", isReadOnly],
  ["ENOSPC", isFull],
  ["EDQUOT", isFull],
  ["ENOENT", isUnreachable],
  ["ENOTDIR", cannotBeFolder],
  ["EEXIST", cannotBeFolder],
]);
