import type { Failpoints } from "@berth/base";
import { HostError } from "@berth/contract";
import type { DatabaseSync } from "node:sqlite";

/** "BRTH": tells a Berth database from any other SQLite file. */
const APPLICATION_ID = 0x42525448;

/**
 * The schema's history: step n makes version n of version n - 1. A released step is never edited; a change is a further step.
 *
 * STRICT and CHECK, because a row that breaks them would otherwise be found by whoever lists, long after it was written.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE runs (
     id INTEGER PRIMARY KEY,
     job TEXT NOT NULL,
     type TEXT NOT NULL,
     started_at INTEGER NOT NULL CHECK (abs(started_at) <= 8640000000000000),
     completed_at INTEGER NOT NULL CHECK (abs(completed_at) <= 8640000000000000),
     duration_ms REAL NOT NULL,
     outcome TEXT NOT NULL CHECK (outcome IN ('success', 'failed', 'skipped', 'cached')),
     error TEXT,
     error_code TEXT,
     data_points INTEGER NOT NULL CHECK (data_points BETWEEN 0 AND 9007199254740991),
     attempts INTEGER NOT NULL CHECK (attempts BETWEEN 0 AND 9007199254740991),
     trigger TEXT NOT NULL,
     slot INTEGER CHECK (abs(slot) <= 8640000000000000)
   ) STRICT;
   CREATE INDEX runs_by_job ON runs (job, started_at);
   CREATE INDEX runs_by_time ON runs (started_at);
   CREATE TABLE slots (
     job TEXT NOT NULL,
     slot INTEGER NOT NULL CHECK (abs(slot) <= 8640000000000000),
     PRIMARY KEY (job, slot)
   ) STRICT, WITHOUT ROWID;`,

  `CREATE TABLE cached_values (
     key TEXT PRIMARY KEY,
     value TEXT NOT NULL,
     stored_at INTEGER NOT NULL CHECK (abs(stored_at) <= 8640000000000000)
   ) STRICT;
   CREATE INDEX cached_values_by_time ON cached_values (stored_at);`,

  `CREATE TABLE breakers (
     key TEXT PRIMARY KEY,
     state TEXT NOT NULL,
     saved_at INTEGER NOT NULL CHECK (abs(saved_at) <= 8640000000000000)
   ) STRICT;`,

  // The triggers keep a running total: adding up a plugin's entries at every write would cost more with each entry.
  `CREATE TABLE store_usage (
     plugin TEXT PRIMARY KEY,
     bytes INTEGER NOT NULL,
     entries INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE store_entries (
     plugin TEXT NOT NULL,
     key TEXT NOT NULL,
     value TEXT NOT NULL,
     bytes INTEGER NOT NULL CHECK (bytes BETWEEN 0 AND 9007199254740991),
     PRIMARY KEY (plugin, key)
   ) STRICT;
   CREATE TRIGGER store_entry_added AFTER INSERT ON store_entries BEGIN
     INSERT INTO store_usage VALUES (NEW.plugin, NEW.bytes, 1)
       ON CONFLICT (plugin) DO UPDATE SET bytes = bytes + NEW.bytes, entries = entries + 1;
   END;
   CREATE TRIGGER store_entry_changed AFTER UPDATE OF bytes ON store_entries BEGIN
     UPDATE store_usage SET bytes = bytes + NEW.bytes - OLD.bytes WHERE plugin = NEW.plugin;
   END;
   CREATE TRIGGER store_entry_removed AFTER DELETE ON store_entries BEGIN
     UPDATE store_usage SET bytes = bytes - OLD.bytes, entries = entries - 1 WHERE plugin = OLD.plugin;
   END;`,

  `CREATE TABLE grants (
     plugin TEXT PRIMARY KEY,
     record TEXT NOT NULL,
     saved_at INTEGER NOT NULL CHECK (abs(saved_at) <= 8640000000000000)
   ) STRICT;
   CREATE TABLE permission_usage (
     plugin TEXT NOT NULL,
     capability TEXT NOT NULL,
     outcome TEXT NOT NULL CHECK (outcome IN ('allowed', 'denied')),
     entry TEXT NOT NULL,
     what TEXT NOT NULL,
     kind TEXT NOT NULL,
     details TEXT,
     uses INTEGER NOT NULL CHECK (uses BETWEEN 1 AND 9007199254740991),
     first_at INTEGER NOT NULL CHECK (abs(first_at) <= 8640000000000000),
     last_at INTEGER NOT NULL CHECK (abs(last_at) <= 8640000000000000),
     PRIMARY KEY (plugin, capability, outcome, entry, what, kind)
   ) STRICT;`,

  `CREATE TABLE audit (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     at INTEGER NOT NULL CHECK (abs(at) <= 8640000000000000),
     kind TEXT NOT NULL,
     plugin TEXT NOT NULL,
     details TEXT NOT NULL
   ) STRICT;
   CREATE INDEX audit_by_plugin ON audit (plugin, id);`,

  `CREATE TABLE plugin_switches (
     plugin TEXT PRIMARY KEY,
     off_by TEXT NOT NULL,
     off_at INTEGER NOT NULL CHECK (abs(off_at) <= 8640000000000000)
   ) STRICT;`,

  `CREATE TABLE kept_generations (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     plugin TEXT NOT NULL,
     version TEXT NOT NULL,
     digest TEXT NOT NULL,
     settings TEXT NOT NULL,
     since INTEGER NOT NULL CHECK (abs(since) <= 8640000000000000),
     is_current INTEGER NOT NULL CHECK (is_current IN (0, 1)),
     is_condemned INTEGER NOT NULL DEFAULT 0 CHECK (is_condemned IN (0, 1)),
     state_version INTEGER,
     state BLOB,
     state_is_json INTEGER
   ) STRICT;
   CREATE INDEX kept_generations_by_plugin ON kept_generations (plugin, id);`,

  // The table audit stays for files of an older Berth: what is in it goes into the audit log with the first append.
  `CREATE TABLE audit_marks (
     name TEXT PRIMARY KEY,
     value TEXT NOT NULL
   ) STRICT;`,
];

// One statement, so one moment: another process may be migrating meanwhile.
const IDENTITY = `SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema) AS objects
  FROM pragma_user_version, pragma_application_id`;

interface MigrateOptions {
  path: string;
  migrations: readonly string[];
  failpoints: Failpoints | undefined;
}

/** Brings the schema up to date, each step in a transaction of its own: after a crash the next start goes on where it ended. */
export function migrate(database: DatabaseSync, options: MigrateOptions): void {
  const { path, migrations, failpoints } = options;
  while (schemaVersion(database, path, migrations) < migrations.length) {
    database.exec("BEGIN IMMEDIATE");
    try {
      // Read again under the lock: another process may have done this step.
      const version = schemaVersion(database, path, migrations);
      const step = migrations[version];
      if (step !== undefined) {
        database.exec(step);
        database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version + 1}`);
      }
      failpoints?.visitNow("storage.commit");
      database.exec("COMMIT");
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }
}

/** The version of the file's schema, 0 for a new file. Refuses another program's database and one of a newer Berth. */
export function schemaVersion(database: DatabaseSync, path: string, migrations: readonly string[]): number {
  const { user_version, application_id, objects } = database.prepare(IDENTITY).get() ?? {};
  const version = Number(user_version);
  const application = Number(application_id);
  const isNew = version === 0 && application === 0 && objects === 0;
  if (!isNew && application !== APPLICATION_ID) throw notBerths(path);
  if (version > migrations.length) throw tooNew(path, version, migrations.length);
  return version;
}

function notBerths(path: string): HostError {
  const message = `Cannot open the database ${path}: it was made by another program; name another file`;
  return new HostError("STORAGE_FAILED", message, { details: { path } });
}

function tooNew(path: string, version: number, supported: number): HostError {
  const message = `Cannot open the database ${path}: its schema is version ${version}, this Berth knows up to ${supported}; start the newer Berth that wrote it, or name another file`;
  return new HostError("STORAGE_FAILED", message, { details: { path, version, supported } });
}
