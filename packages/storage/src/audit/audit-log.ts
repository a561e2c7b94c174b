import { type Clock, type Failpoints, errorMessage } from "@berth/base";
import { HostError, type LogEntry } from "@berth/contract";
import type { Database } from "../database.ts";
import { toJson } from "../stored-json.ts";
import type { AuditFiles } from "./audit-files.ts";
import type { AuditEntry, AuditRecord, NewAuditEntry, TimedAuditEntry } from "./audit-record.ts";
import type { AuditMarks } from "./audit-marks.ts";
import { type AuditReport, AuditReports } from "./audit-reports.ts";
import type { AuditPlaces } from "./audit-segments.ts";
import { AuditWriter } from "./audit-writer.ts";
import { importTable } from "./import-table.ts";
import { type AuditQuery, matches, readAudit } from "./read-audit.ts";

/** How to open an audit log. */
export interface AuditLogOptions {
  /** Absent: it is kept in memory, for tests. */
  places: AuditPlaces | undefined;
  clock: Clock;
  failpoints?: Failpoints | undefined;
  database: Database;
  /** Nothing is written. */
  readOnly?: boolean | undefined;
  marks: AuditMarks;
  log?: ((entry: LogEntry) => void) | undefined;
  /** A segment ends with the write that makes it larger. */
  segmentBytes?: number;
  /** Calls back once after some time; default: a timer of the machine that keeps no process alive. */
  later?: (fire: () => void, delayMs: number) => Disposable;
}

/** Some ten thousand records. */
const SEGMENT_BYTES = 4_194_304;

/** The end of the log is signed so often, if there is anything new. */
const SIGN_EVERY_MS = 60_000;

/** What there is to say about a change fits many times. */
const MOST_TEXT = 65_536;

/**
 * What happened to plugins and by them, kept for good: appended to files, each record bound to the one before, so that `verifyAudit` finds
 * what was changed or taken out. Files are opened by the first append; a host that changes nothing pays nothing.
 */
export class AuditLog implements AsyncDisposable, Disposable {
  readonly #options: AuditLogOptions;
  readonly #writer: AuditWriter | undefined;
  readonly #reports: AuditReports;
  readonly #inMemory: AuditEntry[] = [];
  #signing: Disposable | undefined;
  #hasFailed = false;
  #isClosed = false;

  constructor(options: AuditLogOptions) {
    const { clock, places, segmentBytes = SEGMENT_BYTES, later = idleTimer, failpoints, database } = options;
    this.#options = options;
    const now = (): number => Math.round(clock.now());
    this.#reports = new AuditReports(
      { append: (entry) => this.append(entry), now, later, onError: (why) => this.#onError(why) },
      segmentBytes,
    );
    this.#writer =
      places &&
      new AuditWriter({
        places,
        now,
        failpoints,
        segmentBytes,
        onLine: (plugin, bytes) => this.#reports.onLine(plugin, bytes),
        onSegment: () => this.#reports.onSegment(),
        first: async (files) => {
          await this.#tellOfLoss(files);
          await importTable(database, places, files);
        },
      });
  }

  /**
   * Settled when it survives a power cut. To be waited for before what it tells of is done: what cannot be written down is not done.
   *
   * @param onWritten called when it survives an end of the host.
   * @throws HostError `STORAGE_FAILED` when it is not in the log.
   */
  async append(entry: NewAuditEntry, onWritten?: () => void): Promise<void> {
    if (this.#options.readOnly)
      throw new HostError("STORAGE_FAILED", "Cannot write to the audit log: it was opened read-only");
    const timed = this.#timed(entry);
    if (!this.#writer && this.#isClosed)
      throw new HostError("STORAGE_FAILED", "Cannot write to the audit log: it is closed");
    if (!this.#writer) {
      this.#inMemory.push({ seq: this.#inMemory.length + 1, at: timed.at, ...entry });
      return onWritten?.();
    }
    await this.#writer.append(timed, onWritten);
    this.#hasFailed = false;
    this.#signing ??= (this.#options.later ?? idleTimer)(() => void this.sign(), SIGN_EVERY_MS);
  }

  /**
   * Does what `entry` tells of once that is in the log. When it fails there is a second record, of the kind with `_failed`.
   *
   * @throws what `change` throws, or HostError `STORAGE_FAILED` when nothing was done.
   */
  async around<T>(entry: NewAuditEntry, change: () => Promise<T>): Promise<T> {
    await this.append(entry);
    try {
      return await change();
    } catch (error) {
      const { by = null } = entry.details;
      await this.note({
        ...entry,
        kind: `${entry.kind}_failed`,
        details: { by, message: errorMessage(error).slice(0, 1_000) },
      });
      throw error;
    }
  }

  /** Something that has happened already and cannot be refused any more. Answers whether it is in the log; that it is not is logged. */
  async note(entry: NewAuditEntry): Promise<boolean> {
    try {
      await this.append(entry);
      return true;
    } catch (error) {
      this.#onError(errorMessage(error));
      return false;
    }
  }

  /** Something that a plugin causes, however often: see {@link AuditReports}. Never rejects. */
  report(report: AuditReport): Promise<void> {
    return this.#reports.report(report);
  }

  /** The newest first. */
  list(query: AuditQuery = {}): AuditEntry[] {
    const { places } = this.#options;
    if (places) return readAudit(places, query).map(withoutHash);
    const { limit = 100, after = 0 } = query;
    return this.#inMemory
      .filter((entry) => entry.seq > after && matches(entry, query))
      .toReversed()
      .slice(0, limit);
  }

  /** Signs the end of the log, if there is anything new, and notes elsewhere how far it is. Never rejects. */
  async sign(): Promise<void> {
    this.#signing?.[Symbol.dispose]();
    this.#signing = undefined;
    try {
      const head = await this.#writer?.sign();
      if (head) await this.#options.marks.save("head", { ...head });
    } catch (error) {
      this.#onError(errorMessage(error));
    }
  }

  /** What plugins caused and was only counted is written, and the end signed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reports.flush();
    await this.sign();
    this.#isClosed = true;
    await this.#writer?.[Symbol.asyncDispose]();
  }

  /** What was told is written; the last signature is left out. */
  [Symbol.dispose](): void {
    this.#signing?.[Symbol.dispose]();
    this.#isClosed = true;
    this.#writer?.close();
  }

  #timed({ kind, plugin, details }: NewAuditEntry): TimedAuditEntry {
    const text = toJson("an audit entry", details);
    if (text.length > MOST_TEXT || kind.length > 100 || plugin.length > 300) {
      const message = `Cannot write to the audit log: the details of ${kind.slice(0, 100)} have ${text.length} characters as JSON, allowed are ${MOST_TEXT}`;
      throw new HostError("LIMIT_EXCEEDED", message);
    }
    return { at: Math.round(this.#options.clock.now()), kind, plugin, text };
  }

  /** Files that were taken away as a whole leave nothing in their folder that could say so. */
  async #tellOfLoss(files: AuditFiles): Promise<void> {
    const head = this.#options.marks.load("head");
    const known = typeof head === "object" && head !== null && !Array.isArray(head) ? head["seq"] : undefined;
    const { seq } = files.point;
    if (typeof known !== "number" || known <= seq) return;
    const text = JSON.stringify({ why: `records up to ${known} were signed and are not there`, last: seq });
    await files.append([{ at: Math.round(this.#options.clock.now()), kind: "audit.broken", plugin: "", text }]);
  }

  /** Once for each time that it begins to fail. */
  #onError(message: string): void {
    if (!this.#hasFailed) this.#options.log?.({ level: "error", message });
    this.#hasFailed = true;
  }
}

function withoutHash({ hash: _hash, ...entry }: AuditRecord): AuditEntry {
  return entry;
}

/** Not of the host's clock, whose timers stand for work that is waited for: signing is done when there is time. */
function idleTimer(fire: () => void, delayMs: number): Disposable {
  const timer = setTimeout(fire, delayMs).unref();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
