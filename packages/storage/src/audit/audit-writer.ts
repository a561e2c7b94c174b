import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { HostError } from "@berth/contract";
import { storageError } from "../storage-error.ts";
import { AuditFiles, type AuditFilesOptions } from "./audit-files.ts";
import type { ChainPoint, TimedAuditEntry } from "./audit-record.ts";
import { syncFolder } from "./sync-folder.ts";
import { WriteLock } from "./write-lock.ts";

/** What {@link AuditWriter} needs. */
export interface AuditWriterOptions extends AuditFilesOptions {
  /** What is to be in the log before anything else is. */
  first?: ((files: AuditFiles) => Promise<void>) | undefined;
}

interface Waiting {
  entry: TimedAuditEntry;
  onWritten: (() => void) | undefined;
  resolve: () => void;
  reject: (error: HostError) => void;
}

/** So many are written and synced together at most: memory, and how long the first of them waits for the last. */
const MOST_TOGETHER = 1_024;
const MOST_TEXT = 1_048_576;

/** Whoever writes all the time lets other processes have a turn. */
const LONGEST_TURN_MS = 50;
const BETWEEN_TURNS_MS = 3;

/**
 * Brings what is to be in the audit log onto the disk. All that comes while one write is synced is written and synced together by the
 * next. After a write that failed, all of it is refused and the files are opened anew, so that it recovers by itself.
 */
export class AuditWriter implements AsyncDisposable {
  readonly #options: AuditWriterOptions;
  readonly #lock: WriteLock;
  #files: AuditFiles | undefined;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #wantsHead = false;
  #isClosed = false;

  constructor(options: AuditWriterOptions) {
    this.#options = options;
    this.#lock = new WriteLock(options.places.lock);
  }

  /** Settled when it survives a power cut, or is not in the log. @param onWritten called when it survives an end of the host. */
  append(entry: TimedAuditEntry, onWritten?: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(new HostError("STORAGE_FAILED", "Cannot write to the audit log: it is closed"));
      this.#waiting.push({ entry, onWritten, resolve, reject });
      void this.#start();
    });
  }

  /** Signs the end of the log, if there is anything new; answers where it is then. */
  async sign(): Promise<ChainPoint | undefined> {
    await this.#running;
    if (this.#isClosed || !this.#files?.hasNew) return undefined;
    this.#wantsHead = true;
    await this.#start();
    return this.#files?.point;
  }

  /** What was told before it is written; nothing is taken any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running;
    await this.sign();
    this.close();
    await this.#running;
  }

  /** The same, without a last signature and without waiting. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (!this.#running) this.#closeFiles();
  }

  #start(): Promise<void> {
    return (this.#running ??= this.#run());
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    // What the rest of this turn of the event loop has to say comes along.
    await new Promise(setImmediate);
    let turnEnds = performance.now() + LONGEST_TURN_MS;
    while (this.#waiting.length > 0 || this.#wantsHead) {
      const batch = this.#waiting.splice(0, countTogether(this.#waiting));
      const withHead = this.#wantsHead;
      this.#wantsHead = false;
      await this.#write(batch, withHead);
      if (performance.now() < turnEnds) continue;
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_TURNS_MS));
      turnEnds = performance.now() + LONGEST_TURN_MS;
    }
    // In the same turn as the last look: whoever comes now begins anew.
    this.#running = undefined;
    if (this.#isClosed) this.#closeFiles();
  }

  /** Never rejects. */
  async #write(batch: readonly Waiting[], withHead: boolean): Promise<void> {
    const { places, first, ...options } = this.#options;
    try {
      using _turn = await this.#takeTurn();
      if (!this.#files) {
        this.#files = new AuditFiles({ ...options, places });
        await first?.(this.#files);
      }
      await this.#files.append(
        batch.map(({ entry }) => entry),
        { withHead, onWritten: () => batch.forEach(({ onWritten }) => onWritten?.()) },
      );
    } catch (error) {
      this.#files?.[Symbol.dispose]();
      this.#files = undefined;
      const refusal = storageError("write to the audit log", places.folder, error);
      for (const { reject } of batch) reject(refusal);
      return;
    }
    for (const { resolve } of batch) resolve();
  }

  async #takeTurn(): Promise<Disposable> {
    const { folder } = this.#options.places;
    if (!this.#files && mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) syncFolder(dirname(folder));
    return this.#lock.take();
  }

  #closeFiles(): void {
    this.#files?.[Symbol.dispose]();
    this.#files = undefined;
    this.#lock[Symbol.dispose]();
  }
}

function countTogether(waiting: readonly Waiting[]): number {
  let text = 0;
  const most = Math.min(waiting.length, MOST_TOGETHER);
  for (let count = 0; count < most; count++) {
    text += waiting[count]!.entry.text.length;
    if (text > MOST_TEXT) return Math.max(count, 1);
  }
  return most;
}
