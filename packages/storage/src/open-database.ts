import type { Failpoints } from "@berth/base";
import { HostError, type LogEntry } from "@berth/contract";
import { closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { MIGRATIONS, migrate, schemaVersion } from "./migrations.ts";
import { isBusy, storageError, wayOut } from "./storage-error.ts";

/** What it takes to open a database file. */
export interface DatabaseOptions {
  /** The file, or `:memory:`. Its folder is made when it is missing. */
  path: string;
  failpoints?: Failpoints;
  /** Nothing is created, migrated or written. */
  readOnly?: boolean;
  log?: (entry: LogEntry) => void;
  /** For tests of the migrating itself. */
  migrations?: readonly string[];
  /** How long to wait for another process, default 5,000. */
  busyTimeoutMs?: number;
}

// Transactions take about a millisecond, so whoever waits this long waits for a process that hangs.
const BUSY_TIMEOUT_MS = 5_000;

// SQLite does not wait while two processes switch a new file to WAL, or while the last one leaves: those steps are repeated.
const OPEN_PAUSE_MS = 10;

// After a burst (a cached value may have 10 MB) the write-ahead log would keep its largest size for ever.
const WAL_SIZE_LIMIT_BYTES = 16 * 1024 * 1024;

/** Opens the file, brings its schema up to date and hands over the connection. Throws `STORAGE_FAILED`. */
export function openDatabase(options: DatabaseOptions): DatabaseSync {
  try {
    options.failpoints?.visitNow("storage.open");
    if (options.path !== ":memory:") prepareFile(options.path, options.readOnly ?? false);
    return whileBusy(options.busyTimeoutMs ?? BUSY_TIMEOUT_MS, () => connect(options));
  } catch (error) {
    throw storageError("open the database", options.path, error);
  }
}

/** Made here and not by SQLite, which would let everybody read it; its `-wal` and `-shm` take the mode of the file. */
function prepareFile(path: string, readOnly: boolean): void {
  // The log first: a log that another process is just beginning has a file behind it that is no longer empty.
  const logSize = sizeOf(`${path}-wal`) ?? 0;
  const size = sizeOf(path);
  if (size === 0 && logSize > 0) throw emptiedFile(path);
  if (size !== undefined || readOnly) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    // Another process was faster. Opening its file here to look would drop the locks of this process when closed.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

/** SQLite would drop the log beside an empty file, and with it the only copy of what was written. */
function emptiedFile(path: string): HostError {
  const message = `Cannot open the database ${path}: the file is empty, but its log ${path}-wal is not. ${wayOut(path)}`;
  return new HostError("STORAGE_FAILED", message, { details: { path } });
}

function whileBusy<T>(timeoutMs: number, step: () => T): T {
  let deadline: number | undefined; // By no host's clock, which cannot move while this waits; read when it must, for it costs a start 1 ms.
  while (true) {
    try {
      return step();
    } catch (error) {
      deadline ??= performance.now() + timeoutMs;
      if (!isBusy(error) || performance.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, OPEN_PAUSE_MS);
    }
  }
}

function connect(options: DatabaseOptions): DatabaseSync {
  const { path, readOnly = false, migrations = MIGRATIONS, busyTimeoutMs = BUSY_TIMEOUT_MS } = options;
  // An import of node:sqlite would be paid by every command, also by those that store nothing.
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const database = new DatabaseSync(readOnly ? placeToRead(path) : path, {
    readOnly,
    timeout: busyTimeoutMs,
    enableForeignKeyConstraints: true,
    enableDoubleQuotedStringLiterals: false,
    defensive: true,
  });
  try {
    if (readOnly) {
      refuseOlder(schemaVersion(database, path, migrations), migrations, path);
      return database;
    }
    // Before anything is written: another program's file must stay as it is.
    const version = schemaVersion(database, path, migrations);
    makeDurable(database, options);
    if (version < migrations.length) migrate(database, { path, migrations, failpoints: options.failpoints });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * A file that nobody has open has no log beside it. Saying that it does not change keeps SQLite from making one, which a reader could
 * not take away again, and lets it be read where nobody may write.
 */
function placeToRead(path: string): string | URL {
  if (path === ":memory:" || sizeOf(`${path}-wal`) !== undefined) return path;
  const place = pathToFileURL(path);
  place.searchParams.set("immutable", "1");
  return place;
}

/** FULL: what was acknowledged survives a power cut; with NORMAL the last transactions could be lost. */
function makeDurable(database: DatabaseSync, { path, log }: DatabaseOptions): void {
  const mode = database.prepare("PRAGMA journal_mode = WAL").get()?.["journal_mode"];
  if (mode !== "wal" && path !== ":memory:") {
    const message = `The file system of ${path} cannot hold a write-ahead log: journal mode is ${String(mode)}, writes are slower`;
    log?.({ level: "warn", message });
  }
  database.exec(
    `PRAGMA synchronous = FULL; PRAGMA journal_size_limit = ${WAL_SIZE_LIMIT_BYTES}; PRAGMA trusted_schema = OFF`,
  );
}

function refuseOlder(version: number, migrations: readonly string[], path: string): void {
  if (version === migrations.length) return;
  const message = `Cannot open the database ${path} read-only: its schema is version ${version}, this Berth reads ${migrations.length}; open it once for writing to bring it up to date`;
  throw new HostError("STORAGE_FAILED", message, { details: { path, version, supported: migrations.length } });
}
