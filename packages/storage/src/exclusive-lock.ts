import { closeSync, openSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { errorMessage } from "@berth/base";
import { HostError } from "@berth/contract";

/** SQLite's number for "somebody else has it". */
const SQLITE_BUSY = 5;

/**
 * Takes the lock at `path`, whose file is made when it is missing and stays; `undefined` when somebody else has it. It is the lock that
 * the system keeps on an open file, which Node.js offers by way of SQLite alone: it ends with the process, however that ends.
 */
export function takeLock(path: string): Disposable | undefined {
  let database: DatabaseSync | undefined;
  try {
    // Whoever may open it could keep others from having it.
    closeSync(openSync(path, "a", 0o600));
    // Not imported: every command would pay for that, also those that lock nothing.
    const sqlite = process.getBuiltinModule("node:sqlite");
    database = new sqlite.DatabaseSync(path, { timeout: 0 });
    database.exec("PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE");
    const taken = database;
    return { [Symbol.dispose]: () => taken.isOpen && taken.close() };
  } catch (cause) {
    database?.close();
    if ((cause as { errcode?: unknown }).errcode === SQLITE_BUSY) return undefined;
    throw new HostError("STORAGE_FAILED", `Cannot lock ${path}: ${errorMessage(cause)}`, { cause });
  }
}
