import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, SerialQueue } from "@berth/base";
import { overLimit } from "../capability-errors.ts";

/** A plugin's own data folder, and its bounds. */
export interface FolderQuotaOptions {
  /** Absolute. */
  folder: string;
  maxBytes: number;
  maxEntries: number;
  clock: Clock;
  /** Told when a write would lead past the bytes: how many are allowed, and how many there would be. */
  onFull: (allowedBytes: number, neededBytes: number) => void;
}

/** A granted program writes past the count, so it is taken anew after this while. */
const COUNT_HOLDS_MS = 5_000;

interface FolderUse {
  bytes: number;
  entries: number;
  countedAt: number;
}

/** Keeps a folder below its bounds: one write at a time, against what is there. */
export class FolderQuota {
  readonly #options: FolderQuotaOptions;
  readonly #writes = new SerialQueue();
  #use: FolderUse | undefined;

  constructor(options: FolderQuotaOptions) {
    this.#options = options;
  }

  /**
   * Runs `write`, which makes a file of `bytes` in place of one of `before` (`undefined`: a new one), if that fits.
   *
   * @throws HostError `LIMIT_EXCEEDED` when it does not; `write` then does not run.
   */
  async replacing(bytes: number, before: () => Promise<number | undefined>, write: () => Promise<void>): Promise<void> {
    await this.#writes.run(async () => {
      const use = await this.#currentUse();
      const old = await before();
      const after = { bytes: use.bytes + bytes - (old ?? 0), entries: use.entries + (old === undefined ? 1 : 0) };
      // A folder that is over its bounds may still shrink.
      const { maxBytes, maxEntries, onFull } = this.#options;
      if (after.bytes > maxBytes && after.bytes > use.bytes) {
        onFull(maxBytes, after.bytes);
        throw overQuota("bytes", after.bytes, maxBytes);
      }
      if (after.entries > maxEntries && after.entries > use.entries) {
        throw overQuota("entries", after.entries, maxEntries);
      }
      await write();
      this.#use = { ...after, countedAt: use.countedAt };
    });
  }

  /** Something went: the next write counts anew. */
  forget(): void {
    this.#use = undefined;
  }

  async #currentUse(): Promise<FolderUse> {
    const now = this.#options.clock.monotonicMs();
    if (this.#use === undefined || now - this.#use.countedAt >= COUNT_HOLDS_MS) {
      const use = { bytes: 0, entries: 0, countedAt: now };
      await this.#count(this.#options.folder, use);
      this.#use = use;
    }
    return this.#use;
  }

  async #count(folder: string, use: FolderUse): Promise<void> {
    const entries = await opendir(folder).catch(() => undefined); // not made yet, or gone
    for await (const entry of entries ?? []) {
      // Nothing below counts any more once there is too much: a folder of millions must not be walked.
      if (++use.entries > this.#options.maxEntries) return;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await this.#count(path, use);
      else
        use.bytes += await lstat(path).then(
          ({ size }) => size,
          () => 0,
        ); // gone in between
    }
  }
}

function overQuota(unit: "bytes" | "entries", needed: number, allowed: number) {
  const message = `Cannot write: the plugin's data folder would hold ${needed} ${unit}, allowed are ${allowed}`;
  return unit === "bytes" ? overLimit(message, "raise limits.disk_mb if that is right") : overLimit(message);
}
