import type { Failpoints } from "@berth/base";
import { HostError } from "@berth/contract";
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import { type DatabaseOptions, openDatabase } from "./open-database.ts";
import { storageError } from "./storage-error.ts";

/** One row, by column name. */
export type Row = Record<string, SQLOutputValue>;

/** Runs one statement that changes something and says how many rows it touched. */
export type RunStatement = (sql: string, ...values: SQLInputValue[]) => number;

interface PendingWrite {
  action: string;
  change: (run: RunStatement) => unknown;
  resolve: (value: unknown) => void;
  reject: (error: HostError) => void;
}

/**
 * The one connection that all subjects share. Reads answer at once. Writes of one turn of the event loop are committed
 * together, since the flush to disk is what a commit costs; each promise settles when its own change is durable or has failed.
 */
export class Database implements Disposable {
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #readOnly: boolean;
  readonly #failpoints: Failpoints | undefined;
  readonly #statements = new Map<string, StatementSync>();
  #pending: PendingWrite[] = [];

  constructor(options: DatabaseOptions) {
    this.path = options.path;
    this.#readOnly = options.readOnly ?? false;
    this.#failpoints = options.failpoints;
    this.#database = openDatabase(options);
  }

  all(action: string, sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#reading(action, () => this.#prepare(sql).all(...values));
  }

  get(action: string, sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#reading(action, () => this.#prepare(sql).get(...values));
  }

  /**
   * Makes `change` atomic and durable. It may be run a second time, after a roll-back, so it must do nothing but run
   * statements and may throw a HostError to refuse. A read before the promise is settled does not see it.
   */
  write<T>(action: string, change: (run: RunStatement) => T): Promise<T> {
    return new Promise<unknown>((resolve, reject) => {
      if (!this.#database.isOpen) return reject(this.#closedError(action));
      if (this.#readOnly) return reject(this.#readOnlyError(action));
      this.#pending.push({ action, change, resolve, reject });
      if (this.#pending.length === 1) setImmediate(() => this.#flush());
    }) as Promise<T>;
  }

  /** Commits what is pending and closes. Disposing twice is harmless. */
  [Symbol.dispose](): void {
    if (!this.#database.isOpen) return;
    this.#flush();
    this.#statements.clear();
    this.#database.close();
  }

  #flush(): void {
    const batch = this.#pending;
    this.#pending = [];
    if (batch.length === 0 || this.#commit(batch)) return;
    // One change of several failed and took the others back with it. Alone, each gets its own outcome.
    for (const write of batch) this.#commit([write]);
  }

  /** Settles the whole batch; or takes it back, settling none, when one change of several was refused. */
  #commit(batch: readonly PendingWrite[]): boolean {
    const results: unknown[] = [];
    let step: "begin" | "change" | "commit" = "begin";
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      step = "change";
      for (const write of batch) results.push(write.change(this.#run));
      step = "commit";
      this.#failpoints?.visitNow("storage.commit");
      this.#database.exec("COMMIT");
      this.#failpoints?.visitNow("storage.fsync");
    } catch (error) {
      this.#rollBack();
      // A failed commit is never tried again: after an error at the flush the disk may have it or not.
      if (step === "change" && batch.length > 1) return false;
      for (const write of batch) write.reject(storageError(write.action, this.path, error));
      return true;
    }
    for (const [index, write] of batch.entries()) write.resolve(results[index]);
    return true;
  }

  #rollBack(): void {
    // After some errors, such as a full disk, SQLite has rolled back by itself.
    if (!this.#database.isTransaction) return;
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // The error that led here is the one to report; the next BEGIN fails if the transaction is still open.
    }
  }

  readonly #run: RunStatement = (sql, ...values) => Number(this.#prepare(sql).run(...values).changes);

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #reading<T>(action: string, read: () => T): T {
    if (!this.#database.isOpen) throw this.#closedError(action);
    try {
      return read();
    } catch (error) {
      throw storageError(action, this.path, error);
    }
  }

  #closedError(action: string): HostError {
    return new HostError("STORAGE_FAILED", `Cannot ${action}: the database ${this.path} is closed`);
  }

  #readOnlyError(action: string): HostError {
    return new HostError("STORAGE_FAILED", `Cannot ${action}: the database ${this.path} was opened read-only`);
  }
}
