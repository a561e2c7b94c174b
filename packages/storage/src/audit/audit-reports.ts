import { errorMessage, type JsonObject } from "@berth/base";
import type { NewAuditEntry } from "./audit-record.ts";

/** What {@link AuditReports} needs. */
export interface AuditReportsOptions {
  append(entry: NewAuditEntry): Promise<void>;
  now: () => number;
  /** Calls back once after some time; keeps no process alive. */
  later(fire: () => void, delayMs: number): Disposable;
  onError(message: string): void;
}

/** What a plugin causes: `same` says what two reports must have in common to be counted as one. */
export interface AuditReport extends NewAuditEntry {
  same: string;
}

/** Within that time a plugin's reports are written as they come, each thing once; the rest is counted. */
export const WINDOW_MS = 60_000;

/** So many of them; the others are counted by kind. */
export const MOST_IN_WINDOW = 30;

/** One that has used up its part of a segment is only counted, by kind, and that is written so often. */
const LONG_WINDOW_MS = 3_600_000;

/** What one plugin may fill of a segment by what it causes. It takes many to fill one, and no record is ever dropped for another. */
const QUOTA_SHARE = 1 / 16;

interface Count {
  kind: string;
  /** What was counted; absent for different things of one kind. */
  same?: string;
  more: number;
  firstAt: number;
  lastAt: number;
}

interface Window {
  isLong: boolean;
  exact: number;
  counts: Map<string, Count>;
  timer: Disposable;
}

/**
 * What plugins cause, as refused permissions: every one is told, but not each by a record of its own. A plugin that causes as many as it
 * can fills its own part of a segment and then some hundred bytes an hour.
 */
export class AuditReports {
  readonly #options: AuditReportsOptions;
  readonly #quotaBytes: number;
  readonly #windows = new Map<string, Window>();
  readonly #used = new Map<string, number>();

  constructor(options: AuditReportsOptions, segmentBytes: number) {
    this.#options = options;
    this.#quotaBytes = segmentBytes * QUOTA_SHARE;
  }

  /** A line of that plugin is in the last segment. */
  onLine(plugin: string, bytes: number): void {
    if (plugin !== "") this.#used.set(plugin, (this.#used.get(plugin) ?? 0) + bytes);
  }

  onSegment(): void {
    this.#used.clear();
  }

  /** Never rejects: what cannot be written is counted, and written when it can be. */
  async report({ same, ...entry }: AuditReport): Promise<void> {
    const { plugin, kind } = entry;
    const window = this.#windowOf(plugin);
    const key = `${kind}\n${same}`;
    const isNew = !window.counts.has(key);
    if (window.isLong || (isNew && window.exact >= MOST_IN_WINDOW)) return this.#count(window, kind, kind);
    if (!isNew) return this.#count(window, key, kind, same);
    window.exact++;
    window.counts.set(key, { kind, same, more: 0, firstAt: 0, lastAt: 0 });
    try {
      await this.#options.append(entry);
    } catch (error) {
      this.#options.onError(errorMessage(error));
      this.#count(this.#windowOf(plugin), key, kind, same);
    }
  }

  /** Writes what was counted, of all plugins. */
  async flush(): Promise<void> {
    await Promise.all([...this.#windows.keys()].map((plugin) => this.#end(plugin)));
  }

  #windowOf(plugin: string): Window {
    const found = this.#windows.get(plugin);
    if (found) return found;
    const isLong = (this.#used.get(plugin) ?? 0) > this.#quotaBytes;
    const timer = this.#options.later(() => void this.#end(plugin), isLong ? LONG_WINDOW_MS : WINDOW_MS);
    const window: Window = { isLong, exact: 0, counts: new Map(), timer };
    this.#windows.set(plugin, window);
    return window;
  }

  #count({ counts }: Window, key: string, kind: string, same?: string): void {
    const at = this.#options.now();
    let count = counts.get(key);
    if (!count)
      counts.set(key, (count = { kind, ...(same === undefined ? {} : { same }), more: 0, firstAt: 0, lastAt: 0 }));
    if (count.more++ === 0) count.firstAt = at;
    count.lastAt = at;
  }

  async #end(plugin: string): Promise<void> {
    const window = this.#windows.get(plugin);
    if (!window) return;
    window.timer[Symbol.dispose]();
    this.#windows.delete(plugin);
    const counted = [...window.counts.values()].filter(({ more }) => more > 0);
    await Promise.all(counted.map((count) => this.#write(plugin, count)));
  }

  async #write(plugin: string, { kind, ...count }: Count): Promise<void> {
    try {
      const details: JsonObject = { ...count };
      await this.#options.append({ kind, plugin, details });
    } catch (error) {
      this.#options.onError(errorMessage(error));
      const { counts } = this.#windowOf(plugin);
      const key = count.same === undefined ? kind : `${kind}\n${count.same}`;
      const since = counts.get(key);
      counts.set(
        key,
        since
          ? {
              ...since,
              more: since.more + count.more,
              firstAt: count.firstAt,
              lastAt: Math.max(since.lastAt, count.lastAt),
            }
          : { kind, ...count },
      );
    }
  }
}
