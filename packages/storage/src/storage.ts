import { type Clock, type Failpoints, errorMessage } from "@berth/base";
import type { LogEntry } from "@berth/contract";
import { dirname, join } from "node:path";
import { AuditLog } from "./audit/audit-log.ts";
import { AuditMarks } from "./audit/audit-marks.ts";
import { auditPlaces } from "./audit/audit-segments.ts";
import { BreakerStates } from "./breaker-states.ts";
import { Database } from "./database.ts";
import { GrantRecords } from "./grant-records.ts";
import { KeptGenerations } from "./kept-generations.ts";
import { PermissionUsage } from "./permission-usage.ts";
import { PluginStore } from "./plugin-store.ts";
import { PluginSwitchRecords } from "./plugin-switch-records.ts";
import { RunHistory } from "./run-history.ts";
import { ValueCache } from "./value-cache.ts";

/** How to open a storage. */
export interface StorageOptions {
  /** The database file, made with its folder when it is missing, readable by its owner only; or `:memory:`. */
  path: string;
  clock: Clock;
  failpoints?: Failpoints;
  /** Reads what is there; nothing is made, migrated or written. */
  readOnly?: boolean;
  log?: (entry: LogEntry) => void;
  /** Largest cached value as JSON text, default 10 MiB. */
  maxCachedBytes?: number;
}

/**
 * Everything the host keeps, in one file, and the audit log in a folder beside it; both of them several processes may use at once. A write's promise settles when the change
 * survives a crash of the process and of the machine; reads answer at once and see what has settled.
 */
export interface Storage extends AsyncDisposable, Disposable {
  readonly path: string;
  readonly runs: RunHistory;
  readonly cache: ValueCache;
  readonly breakers: BreakerStates;
  readonly audit: AuditLog;
  readonly auditMarks: AuditMarks;
  readonly grants: GrantRecords;
  readonly generations: KeptGenerations;
  readonly usage: PermissionUsage;
  readonly switches: PluginSwitchRecords;
  /** The store of one plugin; `quotaBytes` is what keys and values may use together. */
  pluginStore(plugin: string, options: { quotaBytes: number }): PluginStore;
  /** Reads the whole file and answers what is wrong with it, nothing when it is sound. Slow on a large file. */
  check(): string[];
}

/** Opens the storage, at the newest schema. Throws `STORAGE_FAILED` when the file cannot be used, and then changes nothing. */
export function openStorage(options: StorageOptions): Storage {
  const { path, clock, failpoints, readOnly, log } = options;
  const database = new Database(options);
  const marks = new AuditMarks(database);
  const places = path === ":memory:" ? undefined : auditPlaces(join(dirname(path), "audit"));
  const audit = new AuditLog({ places, clock, failpoints, database, readOnly, marks, log });
  return {
    path: options.path,
    runs: new RunHistory(database),
    cache: new ValueCache(database, { maxValueBytes: options.maxCachedBytes, log: options.log }),
    breakers: new BreakerStates(database, options.clock, options.log),
    audit,
    auditMarks: marks,
    grants: new GrantRecords(database, options.clock),
    generations: new KeptGenerations(database, options.clock),
    usage: new PermissionUsage(database),
    switches: new PluginSwitchRecords(database, options.clock),
    pluginStore: (plugin, { quotaBytes }) => new PluginStore(database, plugin, quotaBytes),
    check: () => problemsOf(database),
    [Symbol.dispose]: () => {
      audit[Symbol.dispose]();
      database[Symbol.dispose]();
    },
    [Symbol.asyncDispose]: async () => {
      await audit[Symbol.asyncDispose]();
      database[Symbol.dispose]();
    },
  };
}

function problemsOf(database: Database): string[] {
  try {
    const rows = database.all("check the database", "PRAGMA integrity_check");
    return rows.map((row) => String(row["integrity_check"])).filter((line) => line !== "ok");
  } catch (error) {
    // Damage can be such that SQLite cannot even look.
    return [errorMessage(error)];
  }
}
