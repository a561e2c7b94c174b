import { closeSync, openSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { HostError } from "@berth/contract";
import { isBusy } from "../storage-error.ts";

/** A write holds it for a sync or two, some milliseconds; whoever waits this long waits for a process that hangs. */
const LONGEST_WAIT_MS = 5_000;
const LOOK_EVERY_MS = 1;

/**
 * Lets one process at a time write, for the time of one write: commands write while a host runs. It is the lock that the system keeps on
 * an open file, by way of SQLite as `takeLock` has it, and ends with its process.
 */
export class WriteLock implements Disposable {
  readonly #path: string;
  #database: DatabaseSync | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Disposing the result lets others. @throws HostError `STORAGE_FAILED` when somebody has it for seconds. */
  async take(): Promise<Disposable> {
    const database = (this.#database ??= this.#open());
    const deadline = performance.now() + LONGEST_WAIT_MS;
    while (!hasBegun(database)) {
      if (performance.now() > deadline) {
        const message = `Cannot write to the audit log: another process held ${this.#path} for seconds; look whether one hangs`;
        throw new HostError("STORAGE_FAILED", message, { details: { path: this.#path } });
      }
      await pause(LOOK_EVERY_MS);
    }
    return { [Symbol.dispose]: () => database.isTransaction && database.exec("COMMIT") };
  }

  [Symbol.dispose](): void {
    this.#database?.close();
    this.#database = undefined;
  }

  #open(): DatabaseSync {
    closeSync(openSync(this.#path, "a", 0o600));
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    return new DatabaseSync(this.#path, { timeout: 0 });
  }
}

function hasBegun(database: DatabaseSync): boolean {
  try {
    database.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  }
}
