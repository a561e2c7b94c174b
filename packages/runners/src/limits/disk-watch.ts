import { measureFolder } from "./folder-size.ts";

const ENTRIES_AT_ONCE = 200; // about a millisecond, so that the looks at CPU stay punctual
const BETWEEN_MS = 250; // a plugin that hovers at its limit does not keep the disk busy with measuring
const AT_LEAST_EVERY_MS = 10_000; // while it writes
const WHILE_IT_RUNS_MS = 60_000; // some file systems do not tell what was written
const REST_MS_A_STEP = 200; // so that a folder of many files takes half a percent of a core at most
const STEP_MS = 5;

/** What a measurement found, in bytes. */
export interface DiskFinding {
  bytes: number;
  /** What it may hold: its limit, or what it held at the start where that was more, so that it can tidy up. */
  allowedBytes: number;
  hasHidden: boolean;
}

/**
 * Keeps track of the size of a data folder. Between two measurements it grew at most by what was written; so it is measured again
 * only when that could have led past the limit.
 */
export class DiskWatch implements Disposable {
  readonly #folder: string;
  readonly #limitBytes: number;
  readonly #deletedBytes: () => number;
  #walk: ReturnType<typeof measureFolder> | undefined;
  #measuredMs = Number.NEGATIVE_INFINITY;
  #steps = 0;
  #writtenBytes = 0;
  #hasRun = false;
  #found: DiskFinding | undefined;

  constructor(folder: string, limitBytes: number, deletedBytes: () => number) {
    this.#folder = folder;
    this.#limitBytes = limitBytes;
    this.#deletedBytes = deletedBytes;
  }

  /** What the last finished measurement found. */
  get found(): DiskFinding | undefined {
    return this.#found;
  }

  /** The plugin ran, and wrote so much as far as the kernel tells. */
  ran(bytes: number): void {
    this.#hasRun = true;
    this.#writtenBytes += bytes;
  }

  /** Measures on, if it is time. Returns how soon it wants to go on; undefined when there is nothing to do until something is written. */
  step(nowMs: number): number | undefined {
    const waitMs = this.#walk ? 0 : this.#dueMs - nowMs;
    if (waitMs > 0) return Number.isFinite(waitMs) ? waitMs : undefined;
    if (!this.#walk) this.#begin();
    this.#steps += 1;
    const { done, value } = this.#walk!.next();
    if (!done) return STEP_MS;
    this.#walk = undefined;
    this.#measuredMs = nowMs;
    const bytes = value.bytes + this.#deletedBytes();
    // The first measurement comes before anything of the plugin ran.
    const allowedBytes = this.#found?.allowedBytes ?? Math.max(this.#limitBytes, bytes);
    this.#found = { bytes, allowedBytes, hasHidden: value.hasHidden };
    return BETWEEN_MS;
  }

  [Symbol.dispose](): void {
    this.#walk?.return({ bytes: 0, hasHidden: false });
    this.#walk = undefined;
  }

  #begin(): void {
    this.#walk = measureFolder(this.#folder, this.#mostCounted, ENTRIES_AT_ONCE);
    this.#steps = 0;
    // What is written from now on may or may not be seen by the walk.
    this.#writtenBytes = 0;
    this.#hasRun = false;
  }

  get #dueMs(): number {
    if (!this.#found) return Number.NEGATIVE_INFINITY;
    const couldBeOver = this.#found.bytes + this.#writtenBytes > this.#found.allowedBytes;
    const restMs = this.#steps * REST_MS_A_STEP;
    if (couldBeOver && this.#writtenBytes > 0) return this.#measuredMs + Math.max(BETWEEN_MS, restMs / 10);
    if (this.#writtenBytes > 0) return this.#measuredMs + Math.max(AT_LEAST_EVERY_MS, restMs);
    return this.#hasRun ? this.#measuredMs + Math.max(WHILE_IT_RUNS_MS, restMs) : Number.POSITIVE_INFINITY;
  }

  /** At the start all of it is counted, within reason: what is already there is allowed. */
  get #mostCounted(): number {
    return this.#found ? this.#found.allowedBytes : this.#limitBytes * 16;
  }
}
